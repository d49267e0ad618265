// batchnorm: normalisation by statistics that were gathered in training.
//
//   y = x · s + t, s = gamma / √(moving_variance + eps), t = beta - moving_mean · s
// s and t depend on no input, so they are computed when weights are prepared, and a pass may fold them into the layer
// before.
#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

/// Another axis than the last is mostly a habit from frameworks where channels stand first. Said only of images with
/// equal sides, whose channels can be told.
void warn_of_axis(const Application& application, std::uint32_t axis) {
  const BoundInput& input = application.inputs[0];
  const std::vector<Dim>& axes = input.type.shape.axes;
  const std::size_t last = axes.size() - 1;
  const auto sides = std::count(axes.begin() + 1, axes.begin() + static_cast<std::ptrdiff_t>(last), axes[axis]);
  if (axis == last || sides < 2 || axes[axis] == axes[last]) {
    return;
  }
  application.report
      ->add(application.setting("axis").span, diag::NormalisedAxis, application.text, std::to_string(axis), input.text,
            input.type.shape.axes[axis].to_text())
      .label(input.span, input.type.shape.to_text())
      .help("leave `axis` out: it is the last one by itself");
}

std::optional<Inferred> infer(const Application& application) {
  const bool holds_floats = require_floats(application);
  const auto axis = resolve_axis(application, application.integer("axis"), application.inputs[0]);
  if (!axis || !holds_floats) {
    return std::nullopt;
  }
  const auto size = static_size(application, *axis, "moving_mean");
  if (!size) {
    return std::nullopt;
  }
  warn_of_axis(application, *axis);
  const TensorType type{.dtype = application.type().dtype, .shape = {{*size}}};
  const bool trainable = application.boolean("trainable");
  Inferred inferred{.results = {application.type()}, .weights = {}, .details = given_settings_text(application)};
  if (application.boolean("scale")) {
    inferred.weights.push_back(
        {.name = "gamma", .type = type, .initializer = {.kind = "ones", .value = 1}, .trainable = trainable});
  }
  if (application.boolean("center")) {
    inferred.weights.push_back(
        {.name = "beta", .type = type, .initializer = {.kind = "zeros"}, .trainable = trainable});
  }
  inferred.weights.push_back(
      {.name = "moving_mean", .type = type, .initializer = {.kind = "zeros"}, .trainable = false});
  inferred.weights.push_back({.name = "moving_variance",
                              .type = type,
                              .initializer = {.kind = "ones", .value = 1},
                              .trainable = false,
                              .non_negative = true});
  return inferred;
}

std::vector<graph::NodeId> lower(Lowering& lowering) {
  const Application& application = lowering.application;
  graph::Builder& builder = lowering.builder;
  const DType dtype = application.type().dtype;
  std::size_t next = 0;
  const std::optional<graph::NodeId> gamma =
      application.boolean("scale") ? std::optional(lowering.weights[next++]) : std::nullopt;
  const std::optional<graph::NodeId> beta =
      application.boolean("center") ? std::optional(lowering.weights[next++]) : std::nullopt;
  const graph::NodeId mean = lowering.weights[next++];
  const graph::NodeId variance = lowering.weights[next];

  MapBuilder scale_map;
  auto root = scale_map.apply(
      MapOp::rsqrt, scale_map.add(scale_map.operand(0, dtype), scale_map.constant(application.number("eps"), dtype)));
  std::vector<graph::NodeId> scale_operands = {variance};
  if (gamma) {
    root = scale_map.multiply(root, scale_map.operand(1, dtype));
    scale_operands.push_back(*gamma);
  }
  graph::NodeId scale = builder.map(scale_map.finish(root), scale_operands);

  MapBuilder shift_map;
  const auto moved = shift_map.multiply(shift_map.operand(0, dtype), shift_map.operand(1, dtype));
  std::vector<graph::NodeId> shift_operands = {mean, scale};
  auto offset = shift_map.apply(MapOp::negate, moved);
  if (beta) {
    offset = shift_map.subtract(shift_map.operand(2, dtype), moved);
    shift_operands.push_back(*beta);
  }
  graph::NodeId shift = builder.map(shift_map.finish(offset), shift_operands);

  const auto axis = *resolve_axis(application, application.integer("axis"), application.inputs[0]);
  const std::size_t behind = application.type().shape.axis_count() - axis - 1;
  if (behind != 0) {
    Shape column = builder.type(scale).shape;
    column.axes.insert(column.axes.end(), behind, Dim(1));
    scale = builder.reshape(scale, column);
    shift = builder.reshape(shift, column);
  }
  MapBuilder map;
  const auto scaled = map.multiply(map.operand(0, dtype), map.operand(1, dtype));
  return {builder.map(map.finish(map.add(scaled, map.operand(2, dtype))), {lowering.inputs[0], scale, shift})};
}

}  // namespace

extern const Layer layer_batchnorm = {
    .name = "batchnorm",
    .summary = "gamma · (x - moving_mean) / √(moving_variance + eps) + beta for each place of an axis",
    .inputs = {{.name = "x", .doc = "any shape"}},
    .settings = with_weight_settings({eps_setting(1e-3),
                                      {.name = "momentum",
                                       .kind = SettingKind::number,
                                       .default_value = number_value(0.99),
                                       .range = {.minimum = 0, .maximum = 1},
                                       .doc = "how much of the old statistics training keeps at each step"},
                                      center_setting(),
                                      scale_setting(),
                                      axis_setting(-1)},
                                     WeightSettings::normalisation),
    .foreign_names = with_weight_foreign_names({{"affine", "scale"}}),
    .known_elsewhere_as = {"BatchNormalization", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "batch_norm",
                           "BatchNorm"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
