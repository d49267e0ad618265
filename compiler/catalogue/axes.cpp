// Checks and words about the axes and element types of inputs that many layers share.
#include "catalogue/axes.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

/// Each axis of a contraction has a letter of its own (labels.hpp).
constexpr std::size_t kLargestAxisCount = 24;

std::string layer_name(const Application& application) {
  return std::string(application.layer->name);
}

}  // namespace

Edit cast_edit(const BoundInput& input, std::string_view dtype) {
  const Span end{.source = input.span.source, .begin = input.span.end, .end = input.span.end};
  return {.span = end, .replacement = fmt::format(" -> cast({})", dtype)};
}

std::string counted_axes(std::size_t count) {
  return fmt::format("{} {}", count, count == 1 ? "axis" : "axes");
}

std::string named_with_axes(const BoundInput& input) {
  return fmt::format("`{}` ({}, {})", input.text, input.type.shape.to_text(),
                     counted_axes(input.type.shape.axis_count()));
}

std::string named_with_shape(const BoundInput& input) {
  return fmt::format("`{}` ({})", input.text, input.type.shape.to_short_text());
}

std::string join_details(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() || part.empty() ? "" : ", ") + part;
  }
  return text;
}

std::string given_settings_text(const Application& application) {
  std::string text;
  for (std::size_t index = 0; index < application.settings.size(); ++index) {
    const BoundSetting& bound = application.settings[index];
    if (bound.given) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", application.layer->settings[index].name,
                          bound.value.to_text());
    }
  }
  return text;
}

bool require_floats(const Application& application, std::size_t input) {
  const BoundInput& bound = application.inputs[input];
  if (!is_float(bound.type.dtype)) {
    application.report
        ->add(bound.span, diag::ElementType, fmt::format("`{}` ({})", bound.text, name_of(bound.type.dtype)),
              layer_name(application), "floating-point numbers")
        .label(application.span, "computes with f16, bf16, f32 or f64")
        .help("convert it with `cast(f32)`", cast_edit(bound, "f32"));
    return false;
  }
  const auto place = std::ranges::find(application.layer->settings, "dtype", &Setting::name);
  if (place == application.layer->settings.end() || !application.has("dtype") ||
      application.word("dtype") == name_of(bound.type.dtype)) {
    return true;
  }
  const std::string& wanted = application.word("dtype");
  application.report
      ->add(bound.span, diag::ElementType, fmt::format("`{}` ({})", bound.text, name_of(bound.type.dtype)),
            layer_name(application), wanted)
      .label(application.setting("dtype").span, "asked for here")
      .help(fmt::format("convert it with `cast({})`", wanted), cast_edit(bound, wanted));
  return false;
}

bool require_numbers(const Application& application, std::size_t input) {
  const BoundInput& bound = application.inputs[input];
  if (bound.type.dtype != DType::boolean) {
    return true;
  }
  application.report
      ->add(bound.span, diag::ElementType, fmt::format("`{}` (bool)", bound.text), layer_name(application), "numbers")
      .help("count with `cast(f32)`", cast_edit(bound, "f32"));
  return false;
}

std::size_t leading_axis_count(const Application& application, std::size_t own_count, std::size_t input) {
  const std::size_t count = application.inputs[input].type.shape.axis_count();
  KDLC_ASSERT(count >= own_count, "require_axes has passed");
  return count - own_count;
}

bool require_axes(const Application& application, std::span<const std::string_view> own_axes, std::size_t input) {
  const BoundInput& bound = application.inputs[input];
  if (bound.type.shape.axis_count() > kLargestAxisCount) {
    application.report->add(bound.span, diag::AxisCount, named_with_axes(bound), layer_name(application),
                            fmt::format("at most {} axes", kLargestAxisCount));
    return false;
  }
  if (bound.type.shape.without_batch().axis_count() >= own_axes.size()) {
    return true;
  }
  std::string wanted = "N";
  for (const std::string_view axis : own_axes) {
    wanted += fmt::format(", {}", axis);
  }
  application.report
      ->add(bound.span, diag::AxisCount, named_with_axes(bound), layer_name(application),
            fmt::format("{} [{}]", counted_axes(own_axes.size() + 1), wanted))
      .label(application.span, fmt::format("works on [{}]", wanted));
  return false;
}

std::optional<std::int64_t> static_size(const Application& application, std::size_t axis, std::string_view weight,
                                        std::size_t input) {
  const BoundInput& bound = application.inputs[input];
  const Dim& size = bound.type.shape.axes[axis];
  if (size.is_constant()) {
    return size.constant();
  }
  application.report->add(application.span, diag::DynamicWeight, std::string(weight), application.text)
      .at_caret(fmt::format("needs a fixed size for axis {}", axis))
      .label(bound.span, fmt::format("axis {} of {} is `{}`", axis, bound.type.shape.to_text(), size.to_text()));
  return std::nullopt;
}

std::optional<std::uint32_t> resolve_axis(const Application& application, std::int64_t axis, const BoundInput& input,
                                          std::string_view setting) {
  const Shape& shape = input.type.shape;
  const auto count = static_cast<std::int64_t>(shape.axis_count());
  const std::int64_t from_front = axis < 0 ? axis + count : axis;
  if (from_front < 0 || from_front >= count) {
    application.report
        ->add(application.setting(setting).span, diag::AxisCount, named_with_axes(input), layer_name(application),
              fmt::format("an axis {}", axis))
        .label(input.span, fmt::format("has axes 0 to {}", count - 1));
    return std::nullopt;
  }
  if (from_front == 0 && shape.has_batch() && !application.whole_batch) {
    Message& message = application.report->add(application.setting(setting).span, diag::MixesSamples,
                                               layer_name(application), fmt::format("axis {}", axis));
    message.label(input.span, fmt::format("{}: axis 0 is the batch", shape.to_text()));
    if (count > 1) {
      message.help(fmt::format("the first axis of a sample is `{}: 1`", setting));
    }
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(from_front);
}

std::optional<std::vector<std::uint32_t>> resolve_axes(const Application& application, const BoundInput& input,
                                                       std::string_view setting) {
  const SettingValue& value = application.setting(setting).value;
  std::vector<std::int64_t> given;
  if (const auto* one = std::get_if<std::int64_t>(&value.value)) {
    given.push_back(*one);
  } else if (const auto* list = std::get_if<SettingList>(&value.value)) {
    for (const SettingValue& item : *list) {
      given.push_back(std::get<std::int64_t>(item.value));
    }
  } else {
    const Shape& shape = input.type.shape;
    const std::size_t first = shape.has_batch() && !application.whole_batch ? 1 : 0;
    for (std::size_t axis = first; axis < shape.axis_count(); ++axis) {
      given.push_back(static_cast<std::int64_t>(axis));
    }
  }
  std::vector<std::uint32_t> axes;
  bool all_known = true;
  for (const std::int64_t axis : given) {
    const std::optional<std::uint32_t> resolved = resolve_axis(application, axis, input, setting);
    all_known = all_known && resolved.has_value();
    axes.push_back(resolved.value_or(0));
  }
  std::ranges::sort(axes);
  const auto repeats = std::ranges::unique(axes);
  if (all_known && !repeats.empty()) {
    application.report->add(application.setting(setting).span, diag::SettingRange, value.to_text(),
                            std::string(setting), layer_name(application), "a list of different axes");
    return std::nullopt;
  }
  return all_known ? std::optional(axes) : std::nullopt;
}

std::optional<TensorType> with_activation(const Application& application, TensorType type) {
  const FunctionValue* activation = application.function("activation");
  if (activation == nullptr) {
    return type;
  }
  return activation->infer(type, application.setting("activation").span, *application.report);
}

graph::NodeId apply_activation(Lowering& lowering, graph::NodeId node) {
  const FunctionValue* activation = lowering.application.function("activation");
  return activation == nullptr ? node : activation->apply(lowering.builder, node);
}

}  // namespace kdlc::catalogue
