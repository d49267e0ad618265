// Whether output and target of a loss or metric have types that can be compared (K501, K502).
#include <fmt/format.h>

#include "check/shape_chains.hpp"
#include "check/train_state.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

using catalogue::BoundInput;
using catalogue::LabelKind;

Shape without_last(Shape shape) {
  shape.axes.pop_back();
  return shape;
}

Shape with_one(Shape shape) {
  shape.axes.emplace_back(1);
  return shape;
}

struct TypeCheck {
  TrainState& state;
  Report& report;
  const ScoreCheck& check;

  [[nodiscard]] const BoundInput& output() const { return *check.output.input; }
  [[nodiscard]] const BoundInput& target() const { return *check.target.input; }
  [[nodiscard]] const TensorType& output_type() const { return output().type; }
  [[nodiscard]] const TensorType& target_type() const { return target().type; }

  /// K501 at the target, with the output as the other end.
  Message& report_shapes() const {
    Message& message = report.add(target().span, diag::ScoreShapes, std::string(check.score.name), output().text,
                                  output_type().to_text(), target().text, target_type().to_text());
    message.label(output().span, output_type().to_text());
    label_target(message);
    if (check.target.target) {
      state.misfits.emplace(check.output.model_value, *check.target.target);
    }
    const bool has_chain = state.model != nullptr && check.output.model_value.has_value();
    if (const std::string chain = has_chain ? shape_chain(*state.model, check.output.model_value) : "";
        !chain.empty()) {
      message.note(chain);
    }
    return message;
  }
  void label_target(Message& message) const {
    if (check.target.target) {
      const auto& declared = state.training.targets[*check.target.target];
      message.label(declared.span, fmt::format("declared as {}", declared.type.to_text()));
    }
  }
  /// True when the output has further axes between N and what the target has: places or steps that were to go.
  [[nodiscard]] bool keeps_places() const {
    const Shape& given = target_type().shape;
    const Shape& computed = output_type().shape;
    const bool is_class_number = given.axis_count() == 1 && computed.axis_count() > 2;
    const bool has_same_end = given.axis_count() > 1 && given.axes.back() == computed.axes.back();
    return is_class_number || (has_same_end && computed.axis_count() > given.axis_count());
  }
  /// A loss reads the target as it is, so the metric is what has to change.
  void offer_metric(Message& message) const {
    const std::string type = target_type().to_text();
    const bool is_number = is_integer(target_type().dtype);
    if (is_number && (check.score.name == "binary_accuracy" || check.score.name == "exact_match")) {
      offer_score(message, "class numbers need", "sparse_categorical_accuracy");
    } else {
      message.help(fmt::format("the loss reads `{}` as {}: take a metric that compares such targets{}", target().text,
                               type, is_number ? ", such as `accuracy`" : ""));
    }
  }
  /// Offers to declare the target as `type`.
  void offer_type(Message& message, const TensorType& type) const {
    if (check.metric != nullptr && check.target.target && state.fitted_targets.contains(*check.target.target)) {
      offer_metric(message);
      return;
    }
    std::string words = fmt::format("declare the target as `{}`", type.to_text());
    if (check.target.target) {
      state.mended_targets.emplace(*check.target.target, type);
    }
    if (keeps_places()) {
      message.help(
          "the output still has places or steps: `flatten` or `global_avgpool` before its last layer takes them away, "
          "or a recurrent layer without `sequences: true`");
      words = fmt::format("or did you mean the target as `{}`?", type.to_text());
    }
    if (check.target.target && state.target_types[*check.target.target].begin != 0) {
      message.help(words, {state.target_types[*check.target.target], type.to_text()});
    } else {
      message.help(words);
    }
  }
  void offer_score(Message& message, std::string_view why, std::string_view name) const {
    message.help(fmt::format("{} `{}`", why, name), {check.name_span, std::string(name)});
  }
  /// The other kind of categorical score, when this one has one.
  [[nodiscard]] std::string other_kind() const {
    const std::string name(check.score.name);
    const std::string sparse = "sparse_";
    const std::string other = name.starts_with(sparse) ? name.substr(sparse.size()) : sparse + name;
    const bool exists =
        check.loss != nullptr ? catalogue::find_loss(other) != nullptr : catalogue::find_metric(other) != nullptr;
    return exists ? other : std::string();
  }

  bool is_axis_count_fine() const {
    const Shape own = output_type().shape.without_batch();
    const bool has_batch = output_type().shape.has_batch() && target_type().shape.has_batch();
    if (has_batch && own.axis_count() >= check.score.rules.least_axes &&
        own.axis_count() <= check.score.rules.most_axes) {
      return true;
    }
    Message& message = report_shapes();
    message.help(has_batch ? fmt::format("`{}` wants {} axes besides N", check.score.name,
                                         own.axis_count() < check.score.rules.least_axes ? check.score.rules.least_axes
                                                                                         : check.score.rules.most_axes)
                           : "both sides need N, the samples");
    return false;
  }

  bool is_output_fine() const {
    if (is_float(output_type().dtype)) {
      return true;
    }
    if (check.score.rules.output == catalogue::OutputKind::decided && output_type().dtype == target_type().dtype) {
      return true;
    }
    report
        .add(output().span, diag::ScoreTypes, std::string(check.score.name), "an output of floating-point numbers",
             output().text, output_type().to_text())
        .help("give it the value before it became whole numbers: only that has a gradient");
    return false;
  }

  bool fits_class_numbers() const {
    const Shape wanted = without_last(output_type().shape);
    const Shape& given = target_type().shape;
    if (given != wanted && given != with_one(wanted)) {
      Message& message = report_shapes();
      if (given == output_type().shape && !other_kind().empty()) {
        offer_score(message, "one-hot rows need", other_kind());
      } else {
        offer_type(message,
                   {.dtype = is_integer(target_type().dtype) ? target_type().dtype : DType::i32, .shape = wanted});
      }
      return false;
    }
    if (is_integer(target_type().dtype)) {
      return true;
    }
    Message& message = report.add(target().span, diag::ScoreTypes, std::string(check.score.name),
                                  "class numbers, which are whole", target().text, target_type().to_text());
    label_target(message);
    offer_type(message, {.dtype = DType::i32, .shape = given});
    return false;
  }

  bool fits_like_output() const {
    const Shape& given = target_type().shape;
    if (given != output_type().shape) {
      Message& message = report_shapes();
      const bool has_classes = output_type().shape.axis_count() > 1;
      const bool is_class_number =
          has_classes && is_integer(target_type().dtype) &&
          (given == without_last(output_type().shape) || given == with_one(without_last(output_type().shape)));
      const bool wants_classes = check.score.rules.labels == LabelKind::one_hot;
      const bool is_choice = check.output.meaning.gives == catalogue::ValueRange::distribution;
      if (is_class_number && wants_classes && !other_kind().empty()) {
        offer_score(message, "class numbers need", other_kind());
      } else if (is_class_number && check.loss != nullptr && is_choice) {
        offer_score(message, "class numbers need", "sparse_categorical_crossentropy");
      } else {
        offer_type(message, output_type());
      }
      return false;
    }
    if (target_type().dtype == output_type().dtype) {
      return true;
    }
    const bool is_yes_no = check.score.rules.labels != LabelKind::like_output;
    Message& message = report.add(
        target().span, diag::ScoreTypes, std::string(check.score.name),
        fmt::format("{} of the output's type {}", is_yes_no ? "labels" : "a target", name_of(output_type().dtype)),
        target().text, target_type().to_text());
    message.label(output().span, output_type().to_text());
    label_target(message);
    offer_type(message, output_type());
    return false;
  }

  bool has_known_classes() const {
    const Dim& last = output_type().shape.axes.back();
    if (last.is_constant()) {
      return true;
    }
    report_shapes().help("the last axis of the output must have a size that is known when compiling");
    return false;
  }
};

}  // namespace

bool check_score_types(TrainState& state, Report& report, const ScoreCheck& check) {
  const TypeCheck types{state, report, check};
  if (check.target.target && state.misfits.contains({check.output.model_value, *check.target.target})) {
    return false;  // one target, one mistake
  }
  if (!types.is_output_fine() || !types.is_axis_count_fine()) {
    return false;
  }
  const LabelKind labels = check.score.rules.labels;
  const bool is_number = is_integer(types.target_type().dtype);
  const bool has_axis = types.output_type().shape.axis_count() > 1;
  if (labels == LabelKind::label_sequence) {
    return true;
  }
  const bool numbers = labels == LabelKind::class_numbers || (labels == LabelKind::any_classes && is_number);
  if (numbers && !has_axis) {
    types.report_shapes().help("class numbers go with an output that has an axis of classes: `f32[N, classes]`");
    return false;
  }
  if (!(numbers ? types.fits_class_numbers() : types.fits_like_output())) {
    return false;
  }
  const bool needs_classes = numbers || labels == LabelKind::one_hot || labels == LabelKind::any_classes;
  return !needs_classes || !has_axis || types.has_known_classes();
}

}  // namespace kdlc::check
