// What stands in `train`: losses, metrics, optimizers and schedules as declarations, beside the layers of
// catalogue.hpp.
//
// One entry is one file in losses/, metrics/, optimizers/ or schedules/ and defines one constant:
//   extern const Loss loss_huber = {.score = {.name = "huber", …}, .values = …};  // losses/huber.cpp
// CMake lists the folders and generates the registry.
//
// A score (a loss or a metric) is computed from sums over samples: each sample contributes tensors, their sums over all
// samples are the state, and the state gives the result. So a data set is scored batch by batch, in any batches.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

// ---- what scores want --------------------------------------------------------------------------------------------

enum class OutputKind : std::uint8_t {
  any,
  probability,   // each number in 0 to 1
  distribution,  // probabilities of classes along the last axis
  logits,        // what a softmax of its own makes probabilities of
  class_scores,  // the largest along the last axis decides: probabilities or logits
  not_negative,
  score,    // on both sides of zero, such as -1 to 1
  decided,  // a quantity: compared for equality
};
enum class LabelKind : std::uint8_t {
  like_output,     // the output's shape and element type
  yes_no,          // the output's shape; 0 and 1
  one_hot,         // the output's shape; 1 at the class, along the last axis
  class_numbers,   // whole numbers, the output's shape without its last axis
  any_classes,     // class numbers or one-hot rows, by the declared types
  label_sequence,  // class numbers along an axis of their own
};
struct ScoreRules {
  OutputKind output = OutputKind::any;
  LabelKind labels = LabelKind::like_output;
  Range label_range = {};      // of the target's values
  std::size_t least_axes = 0;  // that the output has besides N
  std::size_t most_axes = 1000;
};

/// The numbers that a score was given from all samples: one list for each contribution.
using ScoreState = std::vector<std::vector<double>>;

struct Score {
  std::string_view name;
  std::vector<std::string_view> also = {};  // further names: `mse`
  std::string_view summary;                 // with the formula
  ScoreRules rules = {};
  std::vector<Setting> settings = {};
  std::vector<ForeignName> foreign_names = {};
  std::vector<std::string_view> known_elsewhere_as = {};
  /// False after reporting settings that do not go together or with the types.
  bool (*check)(const Application& application) = nullptr;
};

struct Loss {
  Score score;
  /// [N, …]: one value for each sample and each axis that is left; reduced as `reduction`, `weight`, `ignore` and
  /// `class_weights` say. nullptr where the loss sets the next two instead.
  graph::NodeId (*values)(Lowering& lowering) = nullptr;
  /// Tensors [N, …] that are summed over the samples.
  std::vector<graph::NodeId> (*contribute)(Lowering& lowering) = nullptr;
  /// The loss, one number, from the sums of the contributions.
  graph::NodeId (*combine)(const Application& application, graph::Builder& builder,
                           const std::vector<graph::NodeId>& sums) = nullptr;
};

struct Metric {
  Score score;
  std::string_view of_loss = {};  // the mean of a loss's values, with its rules and settings
  /// [N, …]: the metric is their mean.
  graph::NodeId (*values)(Lowering& lowering) = nullptr;
  std::vector<graph::NodeId> (*contribute)(Lowering& lowering) = nullptr;
  /// One number, or several (one for each class or threshold), from the sums of the contributions.
  std::vector<double> (*finish)(const Application& application, const ScoreState& state) = nullptr;
};

/// Optimizers and schedules: names and settings, for training.
struct Rule {
  std::string_view name;
  std::string_view summary;  // with the formula
  std::vector<Setting> settings = {};
  std::vector<ForeignName> foreign_names = {};
  std::vector<std::string_view> known_elsewhere_as = {};
  bool (*check)(const Application& application) = nullptr;  // as in Score; reports K506
};
struct Optimizer {
  Rule rule;
};
struct Schedule {
  Rule rule;
};

// ---- the registry ------------------------------------------------------------------------------------------------

/// Sorted by name.
const std::vector<const Loss*>& losses();
const std::vector<const Metric*>& metrics();
const std::vector<const Optimizer*>& optimizers();
const std::vector<const Schedule*>& schedules();
/// By a name or another name of it (`mse`); nullptr when there is none.
const Loss* find_loss(std::string_view name);
const Metric* find_metric(std::string_view name);
const Optimizer* find_optimizer(std::string_view name);
const Schedule* find_schedule(std::string_view name);
/// Keras' and PyTorch's names (`SparseCategoricalCrossentropy`, `CrossEntropyLoss`), for "did you mean".
std::optional<std::string_view> our_loss_of(std::string_view foreign_name);
std::optional<std::string_view> our_metric_of(std::string_view foreign_name);
std::optional<std::string_view> our_optimizer_of(std::string_view foreign_name);
std::optional<std::string_view> our_schedule_of(std::string_view foreign_name);

/// A score or rule as the layer that takes its arguments; it has neither infer nor lower. The inputs of a score are
/// `output`, `target` and, for a loss of values, `weight`; the settings that go with every loss, metric of a loss or
/// optimizer are added.
const Layer& call_of(const Loss& loss);
const Layer& call_of(const Metric& metric);
const Layer& call_of(const Optimizer& optimizer);
const Layer& call_of(const Schedule& schedule);

/// What the score wants; those of its loss for a metric that is the mean of one.
const Score& score_of(const Metric& metric);

/// As check_ranges, for the settings of optimizers and schedules (K506).
bool check_rule_ranges(const Application& application);

// ---- scores in a graph -------------------------------------------------------------------------------------------

/// True when the score has code; false: checked, not compiled yet (K904).
bool is_compiled(const Loss& loss);
bool is_compiled(const Metric& metric);

/// What each sample contributes: tensors [N, …]. The application's types must have been checked.
std::vector<graph::NodeId> contributions(const Loss& loss, Lowering& lowering);
std::vector<graph::NodeId> contributions(const Metric& metric, Lowering& lowering);
/// The loss as one number, from the sums over the samples.
graph::NodeId combine(const Loss& loss, const Application& application, graph::Builder& builder,
                      const std::vector<graph::NodeId>& sums);
std::vector<double> finish(const Loss& loss, const Application& application, const ScoreState& state);
std::vector<double> finish(const Metric& metric, const Application& application, const ScoreState& state);

}  // namespace kdlc::catalogue
