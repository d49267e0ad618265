// Ends of a model that a loss cannot train, or that can never be sure: a relu as the answer, bounded scores under a
// sigmoid or softmax (K562 to K564).
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "check/heads.hpp"
#include "check/score_edits.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

using catalogue::LabelKind;
using catalogue::OutputKind;
using catalogue::ValueRange;

/// A loss of differences, for which every number is a good answer. A percentage of the target is about quantities
/// above 0.
bool is_difference(const catalogue::Score& score) {
  return score.rules.output == OutputKind::any && score.rules.labels == LabelKind::like_output &&
         score.rules.least_axes == 0 && score.name != "mean_absolute_percentage_error";
}

bool has_declared_range(const TrainState& state, const ScoreSide& side) {
  if (side.target) {
    return state.training.targets[*side.target].range_begin.has_value();
  }
  const graph::Node& node = state.model->node(side.model_value);
  return node.op == graph::Op::input &&
         state.model->inputs[graph::attributes<graph::InputAttributes>(node).index].range_begin.has_value();
}

/// K562 of a few numbers that are compared with a target of any sign; K563 where zero may well be meant: images,
/// inputs that are painted again.
void warn_of_dead_output(const TrainState& state, Report& report, const ScoreCheck& check) {
  const Meaning& meaning = check.output.meaning;
  const graph::NodeId value = without_reshapes(*state.model, check.output.model_value);
  const bool has_target = check.target.target.has_value() || check.target.model_value.has_value();
  const std::string maker = meaning.activation.empty() ? meaning.kind : meaning.activation;
  if (!is_difference(check.score) || !has_target || maker.empty() || !cuts_off_negatives(*state.model, value) ||
      has_declared_range(state, check.target)) {
    return;
  }
  const bool is_quantity = check.target.target.has_value() && check.output.input->type.shape.axis_count() <= 2;
  if (!is_quantity) {
    report.add(meaning.span, diag::CutOffOutput, check.output.input->text, maker)
        .label(check.name_span, "has no gradient there");
    return;
  }
  const Training::Target& target = state.training.targets[*check.target.target];
  Message& message =
      report.add(check.name_span, diag::DeadOutput, check.output.input->text, maker, std::string(check.score.name));
  message.label(meaning.span, fmt::format("made by `{}`", maker))
      .note(fmt::format("where `{}` is never below 0, declare that (`in 0..1000`) or take `softplus`, which has a "
                        "gradient everywhere",
                        target.name));
  help_with(message, "did you mean no activation?", {replace_activation(state, check, "linear")});
}

/// A sigmoid or softmax of its own line, of what a tanh or a recurrent layer has bounded: K564.
void warn_of_bounded_scores(const TrainState& state, Report& report, const ScoreCheck& check) {
  const OutputKind kind = check.score.rules.output;
  if (!check.output.model_value.has_value() || (kind != OutputKind::probability && kind != OutputKind::distribution)) {
    return;
  }
  const graph::NodeId value = without_reshapes(*state.model, check.output.model_value);
  for (const graph::Record& record : state.model->records) {
    const bool made_it = record.results.size() == 1 && record.results.front() == value && record.inputs.size() == 1;
    if (!made_it || record.kind != record.activation || !record.inputs.front().has_value()) {
      continue;
    }
    const Meaning scores = meaning_of(*state.model, record.inputs.front());
    if (scores.gives == ValueRange::signed_unit && !scores.activation.empty()) {
      warn_of_bounds(report, record,
                     {.name = scores.path.empty() ? scores.kind : scores.path, .span = scores.span, .lowest = -1});
    }
  }
}

}  // namespace

void warn_of_bounds(Report& report, const graph::Record& record, const BoundedScores& scores) {
  constexpr double kSure = 0.75;
  const catalogue::Activation* activation = catalogue::find_activation(record.activation);
  const std::vector<Dim>& axes = record.result_types.front().shape.axes;
  std::string consequence;
  if (activation->gives == ValueRange::distribution) {
    const double count = axes.back().is_constant() ? static_cast<double>(axes.back().constant()) : 1;
    const double most = 1 / (1 + (count - 1) * std::exp(scores.lowest - 1));
    if (count < 2 || most >= kSure) {
      return;
    }
    consequence = fmt::format("none of {} classes can exceed {:.2f}", count, most);
  } else {
    const auto value_at = [&](double x) { return record.activation == "tanh" ? std::tanh(x) : 1 / (1 + std::exp(-x)); };
    consequence = fmt::format("it stays between {:.2f} and {:.2f}", value_at(scores.lowest), value_at(1));
  }
  report
      .add(record.span, diag::BoundedScores, record.path.empty() ? record.kind : record.path, record.activation,
           scores.name, std::string(scores.lowest < 0 ? "-1" : "0"), consequence)
      .label(scores.span, fmt::format("between {} and 1", scores.lowest))
      .help("take one of the two away, or put a layer with weights between them");
}

void warn_of_heads(const TrainState& state, Report& report, const ScoreCheck& check) {
  warn_of_dead_output(state, report, check);
  warn_of_bounded_scores(state, report, check);
}

}  // namespace kdlc::check
