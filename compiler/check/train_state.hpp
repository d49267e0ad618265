// Private to check/: `train` while it is elaborated.
#pragma once

#include <map>
#include <set>

#include "check/elaboration.hpp"
#include "check/training.hpp"

namespace kdlc::check {

/// What is known of the numbers of a value of the model: the activation that made them.
struct Meaning {
  std::string activation;  // empty: made by no activation, but by a formula
  std::string kind;        // of the application that made it: `dense`, `lstm`
  std::string path;
  catalogue::ValueRange gives = catalogue::ValueRange::unknown;
  Span span;                         // of the layer, activation or formula; may be unknown
  std::optional<std::int64_t> axis;  // that a softmax was told
};
/// Looks through reshapes, which change no number; of a formula, what its intervals show.
Meaning meaning_of(const graph::Graph& graph, graph::NodeId value);
/// The value before reshapes that keep the classes the last axis.
graph::NodeId without_reshapes(const graph::Graph& graph, graph::NodeId value);

struct TrainState {
  Training training;
  const graph::Graph* model = nullptr;
  const SourceSet* sources = nullptr;
  std::optional<Span> optimizer_span;
  std::vector<Span> target_types;                  // per target: its element type in the source
  std::vector<std::optional<Span>> target_ranges;  // per target: `0..10` in the source
  std::map<graph::NodeId, Training::Term> terms;   // of the training graph: what catalogue losses and metrics gave
  std::vector<std::pair<graph::NodeId, const catalogue::Loss*>> scored;  // values of the model and their losses
  std::set<std::pair<graph::NodeId, std::size_t>> misfits;               // values and targets whose shapes were told
  bool has_unknown_line = false;         // a mistake in it has been reported: what it would have used is not known
  std::set<std::size_t> fitted_targets;  // that some loss compares with an output, as they are declared
  std::map<std::size_t, TensorType> mended_targets;  // the types that messages offered for targets
  std::set<graph::NodeId> refused_outputs;           // of the model, that a loss wanted as probabilities
  std::set<graph::NodeId> doubted_outputs;           // of the model, whose activation a loss was told not to suit
};

/// One argument of a score: what it is, beyond its type.
struct ScoreSide {
  const catalogue::BoundInput* input = nullptr;
  std::optional<std::size_t> target;  // an index of targets
  graph::NodeId model_value;          // of the model's graph
  Meaning meaning;
};
struct ScoreCheck {
  const catalogue::Score& score;
  const catalogue::Loss* loss = nullptr;  // one of these
  const catalogue::Metric* metric = nullptr;
  const catalogue::Application& application;
  Span name_span;  // of the loss or metric in the source
  ScoreSide output;
  ScoreSide target;
};
/// K501, K502: the types. True when they fit.
bool check_score_types(TrainState& state, Report& report, const ScoreCheck& check);
/// K504, K505, K54x: what the activation of the output means for the score. True without errors.
bool check_score_meaning(TrainState& state, Report& report, const ScoreCheck& check);
/// K562 to K564: ends of a model that a loss cannot train, or that can never be sure.
void warn_of_heads(const TrainState& state, Report& report, const ScoreCheck& check);
/// K520, K530: the declared range of the target; notes the range that evaluation checks.
bool check_score_labels(TrainState& state, Report& report, const ScoreCheck& check);

/// What the lines leave out, over a training without errors: targets and outputs that no loss mentions (K508, K545),
/// and losses that no weight has an influence on (K561).
void check_train(Elaboration& elaboration);

/// The optimizer of a line; nullopt after reporting.
std::optional<Training::Optimizer> evaluate_optimizer(Body& body, const syntax::Expr& expression);

}  // namespace kdlc::check
