// masking: steps that hold one value in all features count as missing.
#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapOp;
using graph::NodeId;

std::optional<Inferred> infer(const Application& application) {
  constexpr std::string_view kOwnAxes[] = {"steps", "features"};
  const bool floats = require_floats(application);
  if (!require_axes(application, kOwnAxes) || !floats) {
    return std::nullopt;
  }
  Inferred inferred{.results = {application.type()}, .weights = {}, .details = given_settings_text(application)};
  if (application.boolean("mask")) {
    TensorType mask{.dtype = DType::boolean, .shape = application.type().shape};
    mask.shape.axes.pop_back();
    inferred.results.push_back(mask);
  }
  return inferred;
}

/// A step counts where the largest of (x ≠ value) over its features is 1; NaN differs from every value.
std::vector<NodeId> lower(Lowering& lowering) {
  graph::Builder& builder = lowering.builder;
  const NodeId x = lowering.inputs[0];
  const TensorType type = builder.type(x);
  const auto last = static_cast<std::uint32_t>(type.shape.axis_count() - 1);
  graph::MapBuilder differs;
  const auto value = differs.constant(lowering.application.number("value"), type.dtype);
  const auto is_other = differs.apply(MapOp::not_equal, differs.operand(0, type.dtype), value);
  const NodeId flags = builder.map(differs.finish(differs.cast(is_other, type.dtype)), {x});
  const NodeId counts = builder.reduce(graph::Reducer::maximum, flags, {last}, true);
  graph::MapBuilder keep;
  const auto zero = keep.constant(0, type.dtype);
  const auto is_kept = keep.apply(MapOp::greater, keep.operand(1, type.dtype), zero);
  std::vector<NodeId> results = {
      builder.map(keep.finish(keep.select(is_kept, keep.operand(0, type.dtype), zero)), {x, counts})};
  if (lowering.application.boolean("mask")) {
    graph::MapBuilder map;
    const auto flag = map.apply(MapOp::greater, map.operand(0, type.dtype), map.constant(0, type.dtype));
    results.push_back(builder.reshape(builder.map(map.finish(flag), {counts}), lowering.inferred.results[1].shape));
  }
  return results;
}

}  // namespace

extern const Layer layer_masking = {
    .name = "masking",
    .summary = "steps in which every feature is `value` become 0, and count as missing for whom the mask is given to",
    .inputs = {{.name = "x", .doc = "[N, steps, features]"}},
    .settings = {{.name = "value",
                  .kind = SettingKind::number,
                  .default_value = number_value(0),
                  .doc = "what a missing step holds"},
                 {.name = "mask",
                  .kind = SettingKind::boolean,
                  .default_value = boolean_value(false),
                  .doc = "whether the mask follows as a second result: bool [N, steps], true where a step counts"}},
    .foreign_names = {{"mask_value", "value"}},
    .known_elsewhere_as = {"Masking"},
    .infer = infer,
    .lower = lower,
};

}  // namespace kdlc::catalogue
