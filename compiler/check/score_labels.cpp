// Whether the declared values of a target can be labels of a loss or metric (K520, K530), and whether the
// output can ever be so (K556, K559, K560).
#include <limits>

#include <fmt/format.h>

#include "check/train_state.hpp"
#include "check/whole_numbers.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

using catalogue::LabelKind;
using catalogue::ValueRange;

/// The numbers that outputs with an activation can be.
struct Reach {
  double lowest = 0;
  double highest = 0;
};
std::optional<Reach> reach_of(ValueRange range) {
  switch (range) {
    case ValueRange::unknown:
    case ValueRange::any:
      return std::nullopt;
    case ValueRange::not_negative:
      return Reach{0, std::numeric_limits<double>::infinity()};
    case ValueRange::signed_unit:
      return Reach{-1, 1};
    case ValueRange::unit:
    case ValueRange::distribution:
      return Reach{0, 1};
  }
  KDLC_UNREACHABLE("all ranges are listed");
}

std::optional<std::int64_t> ignored_class(const catalogue::Application& application) {
  for (std::size_t index = 0; index < application.layer->settings.size(); ++index) {
    const auto* number = std::get_if<std::int64_t>(&application.settings[index].value.value);
    if (application.layer->settings[index].name == "ignore" && number != nullptr) {
      return *number;
    }
  }
  return std::nullopt;
}

/// K560: some classes have no number in the target's element type.
void warn_of_narrow_numbers(Report& report, const ScoreCheck& check, const Training::Target& target,
                            std::int64_t classes) {
  const DType dtype = target.type.dtype;
  if (is_narrow_integer(dtype) && largest_of(dtype) < classes - 1) {
    report
        .add(target.span, diag::NarrowClasses, target.name, std::string(name_of(dtype)),
             std::to_string(largest_of(dtype)), check.output.input->text, classes)
        .label(check.output.input->span, check.output.input->type.to_text())
        .help("declare the target as `i32`");
  }
}

struct ClassRangeFacts {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t count = 0;
};

/// K559: the output has classes that are never right.
void lint_spare_classes(Report& report, const ScoreCheck& check, const Training::Target& target,
                        const ClassRangeFacts& facts) {
  if (check.loss == nullptr || facts.first != 0 || facts.last == facts.count - 1) {
    return;
  }
  report.add(target.span, diag::SpareClasses, target.name, facts.last, check.output.input->text, facts.count)
      .label(check.output.input->span, check.output.input->type.to_text())
      .help(fmt::format("the end of a range is not part of it: {} classes are `in 0..{}`", facts.count, facts.count));
}

/// The data has to change too, so the edit is a question.
void offer_range(const TrainState& state, std::size_t target, Message& message, const std::string& in_data,
                 const std::string& range) {
  std::string words = fmt::format("{}, and declare `in {}`?", in_data, range);
  const std::optional<Span>& written = state.target_ranges[target];
  if (written && written->begin != written->end) {
    message.help(std::move(words), {*written, range});
  } else {
    message.help(std::move(words));
  }
}

bool check_class_numbers(TrainState& state, Report& report, const ScoreCheck& check) {
  Training::Target& target = state.training.targets[*check.target.target];
  const std::int64_t classes = check.output.input->type.shape.axes.back().constant();
  const std::optional<std::int64_t> ignored = ignored_class(check.application);
  if (!target.range_begin || !target.range_end) {
    target.range_begin = 0;
    target.range_end = classes;
    target.exempt = ignored;
    warn_of_narrow_numbers(report, check, target, classes);
    return true;
  }
  std::int64_t first = *target.range_begin;
  std::int64_t last = *target.range_end - 1;
  first += ignored && *ignored == first ? 1 : 0;
  last -= ignored && *ignored == last ? 1 : 0;
  if (first >= 0 && last < classes) {
    lint_spare_classes(report, check, target, {.first = first, .last = last, .count = classes});
    return true;
  }
  Message& message =
      report.add(target.span, diag::ClassRange, target.name, std::to_string(first), std::to_string(last),
                 fmt::format("`{}` has {} classes, 0 to {}", check.output.input->text, classes, classes - 1));
  message.label(check.output.input->span, check.output.input->type.to_text());
  if (first > 0 && last - first < classes) {
    offer_range(state, *check.target.target, message, fmt::format("count from 0: subtract {} in the data", first),
                fmt::format("0..{}", last - first + 1));
  } else {
    message.help(fmt::format("give the output {} classes", last + 1));
  }
  return false;
}

/// What is declared of the labels: the range of a target, or of an input of the model that is compared with.
struct DeclaredLabels {
  std::string name;
  Span span;
  double first = 0;
  double last = 0;
};
std::optional<DeclaredLabels> declared_labels(const TrainState& state, const ScoreCheck& check) {
  const auto labels = [](const std::string& name, const Span& span, const std::optional<std::int64_t>& begin,
                         const std::optional<std::int64_t>& end) {
    return begin && end
               ? std::optional(DeclaredLabels{name, span, static_cast<double>(*begin), static_cast<double>(*end - 1)})
               : std::nullopt;
  };
  if (check.target.target) {
    const Training::Target& target = state.training.targets[*check.target.target];
    return labels(target.name, target.span, target.range_begin, target.range_end);
  }
  const graph::NodeId value = check.target.model_value;
  if (value.has_value() && state.model->node(value).op == graph::Op::input) {
    const auto& own = graph::attributes<graph::InputAttributes>(state.model->node(value));
    const graph::InputInfo& input = state.model->inputs[own.index];
    return labels(input.name, input.span, input.range_begin, input.range_end);
  }
  return std::nullopt;
}

/// K530: outside what the score is defined on.
bool check_label_range(const TrainState& state, Report& report, const ScoreCheck& check, const DeclaredLabels& labels) {
  const catalogue::Range& wanted = check.score.rules.label_range;
  if (!(wanted.minimum && labels.first < *wanted.minimum) && !(wanted.maximum && labels.last > *wanted.maximum)) {
    return true;
  }
  const std::string rule = wanted.maximum ? fmt::format("from {} to {}", *wanted.minimum, *wanted.maximum)
                                          : fmt::format("of {} and above", *wanted.minimum);
  Message& message = report.add(labels.span, diag::LabelRange, std::string(check.score.name), rule, labels.name,
                                fmt::format("from {} to {}", labels.first, labels.last));
  message.label(check.name_span, "here the labels are read");
  const bool is_unit = wanted.maximum && *wanted.minimum == 0 && *wanted.maximum == 1;
  const Span& compared = check.target.input->span;
  if (is_unit && labels.first == 0 && check.target.target) {
    offer_range(state, *check.target.target, message, fmt::format("divide it by {} in the data", labels.last), "0..2");
  } else if (is_unit && labels.first == 0) {
    const std::string part = fmt::format("{} / {}", labels.name, labels.last);
    message.help(fmt::format("compare with `{}`", part), {compared, part});
  } else if (is_unit && labels.first == -1 && labels.last == 1) {
    const std::string part = fmt::format("({} + 1) / 2", labels.name);
    message.note("`hinge` takes -1 and 1 as they are").help(fmt::format("did you mean `{}`?", part), {compared, part});
  } else {
    message.help("choose a loss that is defined on such labels, or mend the range");
  }
  return false;
}

/// K556: the activation of the output gives no such number.
void warn_of_reach(const TrainState& state, Report& report, const ScoreCheck& check, const DeclaredLabels& labels) {
  const Meaning& meaning = check.output.meaning;
  const std::optional<Reach> reach = reach_of(meaning.gives);
  const LabelKind kind = check.score.rules.labels;
  if (check.loss == nullptr || state.doubted_outputs.contains(check.output.model_value) || !reach ||
      kind == LabelKind::one_hot || kind == LabelKind::label_sequence ||
      (labels.first >= reach->lowest && labels.last <= reach->highest)) {
    return;
  }
  const bool is_below = labels.first < reach->lowest;
  Message& message =
      report.add(labels.span, diag::TargetOutOfReach, labels.name,
                 fmt::format("from {} to {}", labels.first, labels.last), check.output.input->text,
                 is_below ? fmt::format("below {}", reach->lowest) : fmt::format("above {}", reach->highest));
  if (!meaning.activation.empty()) {
    message.label(meaning.span, fmt::format("made by `{}`", meaning.activation));
  }
  message.help(is_below || labels.first != 0
                   ? "leave the activation out, or choose one that gives such numbers"
                   : fmt::format("leave the activation out, or divide the target by {}", labels.last));
}

}  // namespace

bool check_score_labels(TrainState& state, Report& report, const ScoreCheck& check) {
  const LabelKind kind = check.score.rules.labels;
  const bool is_number = is_integer(check.target.input->type.dtype);
  if (kind == LabelKind::class_numbers || (kind == LabelKind::any_classes && is_number)) {
    return !check.target.target || check_class_numbers(state, report, check);
  }
  const std::optional<DeclaredLabels> labels = declared_labels(state, check);
  if (!labels) {
    return true;
  }
  if (!check_label_range(state, report, check, *labels)) {
    return false;
  }
  warn_of_reach(state, report, check, *labels);
  return true;
}

}  // namespace kdlc::check
