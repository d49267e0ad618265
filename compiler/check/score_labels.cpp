// Whether the declared values of a target can be labels of a loss or metric (K520, K530).
#include <fmt/format.h>

#include "check/train_state.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

using catalogue::LabelKind;

std::optional<std::int64_t> ignored_class(const catalogue::Application& application) {
  for (std::size_t index = 0; index < application.layer->settings.size(); ++index) {
    const auto* number = std::get_if<std::int64_t>(&application.settings[index].value.value);
    if (application.layer->settings[index].name == "ignore" && number != nullptr) {
      return *number;
    }
  }
  return std::nullopt;
}

bool check_class_numbers(TrainState& state, Report& report, const ScoreCheck& check) {
  Training::Target& target = state.training.targets[*check.target.target];
  const std::int64_t classes = check.output.input->type.shape.axes.back().constant();
  const std::optional<std::int64_t> ignored = ignored_class(check.application);
  if (!target.range_begin || !target.range_end) {
    target.range_begin = 0;
    target.range_end = classes;
    target.exempt = ignored;
    return true;
  }
  std::int64_t first = *target.range_begin;
  std::int64_t last = *target.range_end - 1;
  first += ignored && *ignored == first ? 1 : 0;
  last -= ignored && *ignored == last ? 1 : 0;
  if (first >= 0 && last < classes) {
    return true;
  }
  Message& message =
      report.add(target.span, diag::ClassRange, target.name, std::to_string(first), std::to_string(last),
                 fmt::format("`{}` has {} classes, 0 to {}", check.output.input->text, classes, classes - 1));
  message.label(check.output.input->span, check.output.input->type.to_text());
  message.help(first > 0 && last - first < classes ? fmt::format("count from 0: subtract {} in the data", first)
                                                   : fmt::format("give the output {} classes", last + 1));
  return false;
}

}  // namespace

bool check_score_labels(TrainState& state, Report& report, const ScoreCheck& check) {
  if (!check.target.target) {
    return true;
  }
  const Training::Target& target = state.training.targets[*check.target.target];
  const LabelKind labels = check.score.rules.labels;
  const bool is_number = is_integer(target.type.dtype);
  if (labels == LabelKind::class_numbers || (labels == LabelKind::any_classes && is_number)) {
    return check_class_numbers(state, report, check);
  }
  const catalogue::Range& wanted = check.score.rules.label_range;
  if (!target.range_begin || !target.range_end) {
    return true;
  }
  const auto first = static_cast<double>(*target.range_begin);
  const auto last = static_cast<double>(*target.range_end - 1);
  if (!(wanted.minimum && first < *wanted.minimum) && !(wanted.maximum && last > *wanted.maximum)) {
    return true;
  }
  const std::string rule = wanted.maximum ? fmt::format("from {} to {}", *wanted.minimum, *wanted.maximum)
                                          : fmt::format("of {} and above", *wanted.minimum);
  report
      .add(target.span, diag::LabelRange, std::string(check.score.name), rule, target.name,
           fmt::format("from {} to {}", first, last))
      .label(check.name_span, "here the labels are read")
      .help(wanted.maximum && *wanted.minimum == 0 && first == 0
                ? fmt::format("divide it by {} in the data, and declare `in 0..2`", last)
                : "choose a loss that is defined on such labels, or mend the range");
  return false;
}

}  // namespace kdlc::check
