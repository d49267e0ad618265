// glu: one half of an axis gates the other.
#include <fmt/format.h>

#include "catalogue/activation_axes.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

std::optional<Shape> infer(std::string_view name, const TensorType& operand, std::span<const double> settings,
                           const Span& span, Report& report) {
  std::optional<Shape> shape = infer_same_shape_along_axis(name, operand, settings, span, report);
  if (!shape) {
    return std::nullopt;
  }
  Dim& size = shape->axes[axis_of(operand, settings[0])];
  if (remainder(size, 2) != Dim(0)) {
    report.add(span, diag::SettingRange, fmt::format("{}", settings[0]), "axis", std::string(name),
               fmt::format("an axis of an even size, not {}", size.to_text()));
    return std::nullopt;
  }
  size = floor_divide(size, 2);
  return shape;
}

/// [a b] along the axis: a · sigmoid(b)
graph::NodeId lower(graph::Builder& builder, graph::NodeId x, std::span<const double> settings) {
  const Shape shape = builder.type(x).shape;
  const std::uint32_t axis = axis_of(builder.type(x), settings[0]);
  std::vector<Dim> begin(shape.axis_count(), Dim(0));
  std::vector<Dim> count = shape.axes;
  count[axis] = floor_divide(shape.axes[axis], 2);
  const std::vector<std::int64_t> step(shape.axis_count(), 1);
  const graph::NodeId value = builder.slice(x, begin, count, step);
  begin[axis] = count[axis];
  const graph::NodeId gate = builder.slice(x, begin, count, step);
  graph::MapBuilder map;
  const DType dtype = builder.type(x).dtype;
  const auto opened = map.apply(graph::MapOp::sigmoid, map.operand(1, dtype));
  return builder.map(map.finish(map.multiply(map.operand(0, dtype), opened)), {value, gate});
}

}  // namespace

extern const Activation activation_glu = {
    .name = "glu",
    .summary = "the first half of an axis times the sigmoid of the second",
    .settings = {axis_setting(-1)},
    .lower = lower,
    .infer = infer,
    .known_elsewhere_as = {"GLU"},
};

}  // namespace kdlc::catalogue
