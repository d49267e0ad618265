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

}  // namespace kdlc::catalogue
