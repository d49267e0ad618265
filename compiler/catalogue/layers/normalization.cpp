// normalization: numbers brought to mean 0 and variance 1 by statistics that are known beforehand.
#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

std::optional<Inferred> infer(const Application& application) {
  const bool holds_floats = require_floats(application);
  const auto axis = resolve_axis(application, application.integer("axis"), application.inputs[0]);
  if (!axis || !holds_floats) {
    return std::nullopt;
  }
  const auto size = static_size(application, *axis, "mean");
  if (!size) {
    return std::nullopt;
  }
  const TensorType type{.dtype = application.type().dtype, .shape = {{*size}}};
  return Inferred{.results = {application.type()},
                  .weights = {{.name = "mean", .type = type, .initializer = {.kind = "zeros"}, .trainable = false},
                              {.name = "variance",
                               .type = type,
                               .initializer = {.kind = "ones", .value = 1},
                               .trainable = false,
                               .non_negative = true}},
                  .details = given_settings_text(application)};
}

/// d = max(√variance, 1e-7); (x - mean) / d, or the other way round x · d + mean.
std::vector<graph::NodeId> lower(Lowering& lowering) {
  const Application& application = lowering.application;
  graph::Builder& builder = lowering.builder;
  const DType dtype = application.type().dtype;
  MapBuilder root;
  const auto deviation = root.maximum(root.apply(MapOp::sqrt, root.operand(0, dtype)), root.constant(1e-7, dtype));
  const graph::NodeId divisor = builder.map(root.finish(deviation), {lowering.weights[1]});

  const std::uint32_t axis = *resolve_axis(application, application.integer("axis"), application.inputs[0]);
  Shape column{{application.type().shape.axes[axis]}};
  column.axes.insert(column.axes.end(), application.type().shape.axis_count() - axis - 1, Dim(1));
  MapBuilder map;
  const auto x = map.operand(0, dtype);
  const auto mean = map.operand(1, dtype);
  const auto spread = map.operand(2, dtype);
  const auto result = application.boolean("invert") ? map.add(map.multiply(x, spread), mean)
                                                    : map.divide(map.subtract(x, mean), spread);
  return {builder.map(map.finish(result), {lowering.inputs[0], builder.reshape(lowering.weights[0], column),
                                           builder.reshape(divisor, column)})};
}

}  // namespace

extern const Layer layer_normalization = {
    .name = "normalization",
    .summary = "(x - mean) / max(√variance, 1e-7) for each place of an axis, by statistics of the data",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = {axis_setting(-1),
                 {.name = "invert",
                  .kind = SettingKind::boolean,
                  .default_value = boolean_value(false),
                  .doc = "whether the data's own mean and variance are given back"}},
    .known_elsewhere_as = {"Normalization"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
