// prelu: a rectifier whose slope below zero is learned for each place.
#include <algorithm>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

std::optional<Inferred> infer(const Application& application) {
  const bool holds_floats = require_floats(application);
  std::vector<std::uint32_t> shared;
  if (application.has("shared_axes")) {
    const auto axes = resolve_axes(application, application.inputs[0], "shared_axes");
    if (!axes) {
      return std::nullopt;
    }
    shared = *axes;
  }
  if (!holds_floats) {
    return std::nullopt;
  }
  const Shape& shape = application.type().shape;
  TensorType type{.dtype = application.type().dtype, .shape = {}};
  for (std::uint32_t axis = shape.has_batch() ? 1 : 0; axis < shape.axis_count(); ++axis) {
    if (std::ranges::find(shared, axis) != shared.end()) {
      type.shape.axes.emplace_back(1);
      continue;
    }
    const auto size = static_size(application, axis, "alpha");
    if (!size) {
      return std::nullopt;
    }
    type.shape.axes.emplace_back(*size);
  }
  return Inferred{.results = {application.type()},
                  .weights = {{.name = "alpha",
                               .type = type,
                               .initializer = initializer_of(application, "init", "zeros"),
                               .trainable = application.boolean("trainable")}},
                  .details = given_settings_text(application)};
}

/// x where it is above 0, else alpha · x.
std::vector<graph::NodeId> lower(Lowering& lowering) {
  graph::MapBuilder map;
  const DType dtype = lowering.application.type().dtype;
  const auto x = map.operand(0, dtype);
  const auto is_above = map.apply(graph::MapOp::greater, x, map.constant(0, dtype));
  const auto result = map.select(is_above, x, map.multiply(map.operand(1, dtype), x));
  return {lowering.builder.map(map.finish(result), {lowering.inputs[0], lowering.weights[0]})};
}

}  // namespace

extern const Layer layer_prelu = {
    .name = "prelu",
    .summary = "x above 0, alpha · x below, alpha being learned for each place of a sample",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = with_weight_settings({{.name = "shared_axes",
                                       .kind = SettingKind::axes,
                                       .default_value = no_value(),
                                       .doc = "axes along which one slope serves all places, N being axis 0"},
                                      {.name = "init",
                                       .kind = SettingKind::initializer,
                                       .default_value = word_value("zeros"),
                                       .doc = "how fresh slopes are filled"}},
                                     WeightSettings::normalisation),
    .foreign_names = {{"alpha_initializer", "init"}},
    .known_elsewhere_as = {"PReLU"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
