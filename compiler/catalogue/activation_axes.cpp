// The axis of activations that are not elementwise.
#include "catalogue/activation_axes.hpp"

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {

std::uint32_t axis_of(const TensorType& operand, double axis) {
  const double from_front = axis < 0 ? axis + static_cast<double>(operand.shape.axis_count()) : axis;
  return static_cast<std::uint32_t>(from_front);
}

std::optional<Shape> infer_same_shape_along_axis(std::string_view name, const TensorType& operand,
                                                 std::span<const double> settings, const Span& span, Report& report) {
  const auto count = static_cast<double>(operand.shape.axis_count());
  const double from_front = settings[0] < 0 ? settings[0] + count : settings[0];
  if (from_front < 0 || from_front >= count) {
    report.add(span, diag::AxisCount,
               fmt::format("a value of type {}, {},", operand.to_text(), counted_axes(operand.shape.axis_count())),
               std::string(name), fmt::format("axis {}", settings[0]));
    return std::nullopt;
  }
  if (from_front == 0 && operand.shape.has_batch()) {
    report.add(span, diag::MixesSamples, std::string(name), fmt::format("axis {}", settings[0]))
        .help("the first axis of a sample is `axis: 1`");
    return std::nullopt;
  }
  return operand.shape;
}

std::optional<Shape> infer_sum_of_one(std::string_view name, const TensorType& operand,
                                      std::span<const double> settings, const Span& span, Report& report) {
  std::optional<Shape> shape = infer_same_shape_along_axis(name, operand, settings, span, report);
  if (!shape || !(shape->axes[axis_of(operand, settings[0])] == Dim(1))) {
    return shape;
  }
  // The logarithm of the 1 that the sum leaves.
  report.add(span, diag::SoftmaxOfOne, std::string(name), name.starts_with("log") ? "0" : "1")
      .at_caret(fmt::format("of {}", operand.to_text()))
      .help("one yes-or-no answer: did you mean `sigmoid`?", {span, "sigmoid"});
  return std::nullopt;
}

}  // namespace kdlc::catalogue
