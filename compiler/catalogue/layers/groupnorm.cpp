// groupnorm: each sample normalised over groups of neighbouring channels and all other axes.
#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

/// -1: one group for each channel (instance normalisation).
std::int64_t group_count(const Application& application, std::int64_t channels) {
  const std::int64_t groups = application.integer("groups");
  return groups == -1 ? channels : groups;
}

bool groups_fit(const Application& application, std::int64_t channels) {
  const std::int64_t groups = application.integer("groups");
  if (groups == -1 || (groups > 0 && channels % groups == 0)) {
    return true;
  }
  const BoundSetting& bound = application.setting("groups");
  application.report
      ->add(bound.span, diag::SettingRange, bound.value.to_text(), "groups", "groupnorm",
            "a divisor of the channels, " + std::to_string(channels) + ", or -1 for a group each")
      .label(application.inputs[0].span, application.type().shape.to_text());
  return false;
}

std::optional<Inferred> infer(const Application& application) {
  const bool holds_floats = require_floats(application);
  const auto axis = resolve_axis(application, application.integer("axis"), application.inputs[0]);
  if (!axis || !holds_floats) {
    return std::nullopt;
  }
  const auto channels = static_size(application, *axis, "gamma");
  if (!channels || !groups_fit(application, *channels)) {
    return std::nullopt;
  }
  const TensorType type{.dtype = application.type().dtype, .shape = {{*channels}}};
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
  return inferred;
}

/// x as [N, …, groups, channels of one, …]; m and v over all but N and the groups; (x - m) / √(v + eps), then the
/// channels' own factor and offset.
std::vector<NodeId> lower(Lowering& lowering) {
  const Application& application = lowering.application;
  graph::Builder& builder = lowering.builder;
  const Shape shape = application.type().shape;
  const DType dtype = application.type().dtype;
  const std::uint32_t axis = *resolve_axis(application, application.integer("axis"), application.inputs[0]);
  const std::int64_t groups = group_count(application, shape.axes[axis].constant());
  const std::int64_t own = shape.axes[axis].constant() / groups;

  Shape grouped = shape;
  grouped.axes[axis] = groups;
  grouped.axes.insert(grouped.axes.begin() + axis + 1, Dim(own));
  std::vector<std::uint32_t> reduced;
  for (std::uint32_t place = shape.has_batch() ? 1 : 0; place < grouped.axis_count(); ++place) {
    if (place != axis) {
      reduced.push_back(place);
    }
  }
  const NodeId x = builder.reshape(lowering.inputs[0], grouped);
  const NodeId centred = builder.map2(MapOp::subtract, x, builder.reduce(Reducer::mean, x, reduced, true));
  const NodeId variance = builder.reduce(Reducer::mean, builder.map2(MapOp::multiply, centred, centred), reduced, true);

  graph::MapBuilder map;
  const auto root =
      map.apply(MapOp::rsqrt, map.add(map.operand(1, dtype), map.constant(application.number("eps"), dtype)));
  auto value = map.multiply(map.operand(0, dtype), root);
  std::vector<NodeId> operands = {centred, variance};
  Shape column{{Dim(groups), Dim(own)}};
  column.axes.insert(column.axes.end(), shape.axis_count() - axis - 1, Dim(1));
  std::size_t next = 0;
  for (const bool is_factor : {true, false}) {
    if (application.boolean(is_factor ? "scale" : "center")) {
      const auto weight = map.operand(static_cast<std::uint32_t>(operands.size()), dtype);
      operands.push_back(builder.reshape(lowering.weights[next++], column));
      value = is_factor ? map.multiply(value, weight) : map.add(value, weight);
    }
  }
  return {builder.reshape(builder.map(map.finish(value), operands), shape)};
}

}  // namespace

extern const Layer layer_groupnorm = {
    .name = "groupnorm",
    .summary = "gamma · (x - mean) / √(variance + eps) + beta over groups of neighbouring channels and all other axes",
    .inputs = {{.name = "x", .doc = "[N, …, channels]"}},
    .settings = with_weight_settings({{.name = "groups",
                                       .default_value = integer_value(32),
                                       .range = {.minimum = -1},
                                       .doc = "into how many groups the channels are cut; -1: one for each channel"},
                                      eps_setting(1e-3),
                                      axis_setting(-1),
                                      center_setting(),
                                      scale_setting()},
                                     WeightSettings::normalisation),
    .foreign_names = with_weight_foreign_names({{"num_groups", "groups"}, {"affine", "scale"}}),
    .known_elsewhere_as = {"GroupNormalization", "GroupNorm", "group_norm", "InstanceNorm2d"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
