// Reductions over whole axes: sum, mean, max and their like.
#include "catalogue/reduction.hpp"

#include <algorithm>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {

std::optional<Inferred> infer_reduction(const Application& application) {
  const auto axes = resolve_axes(application, application.inputs[0]);
  if (!axes) {
    return std::nullopt;
  }
  const TensorType& x = application.type();
  TensorType type{.dtype = x.dtype, .shape = {}};
  for (std::uint32_t axis = 0; axis < x.shape.axis_count(); ++axis) {
    if (std::ranges::find(*axes, axis) == axes->end()) {
      type.shape.axes.push_back(x.shape.axes[axis]);
    } else if (application.boolean("keep")) {
      type.shape.axes.emplace_back(1);
    }
  }
  return Inferred{.results = {type}, .weights = {}, .details = given_settings_text(application)};
}

std::vector<graph::NodeId> lower_reduction(Lowering& lowering, graph::Reducer reducer) {
  const auto axes = resolve_axes(lowering.application, lowering.application.inputs[0]);
  KDLC_ASSERT(axes.has_value(), "what is lowered was inferred without a mistake");
  if (axes->empty()) {
    return {lowering.inputs[0]};
  }
  return {lowering.builder.reduce(reducer, lowering.inputs[0], *axes, lowering.application.boolean("keep"))};
}

std::vector<Setting> reduction_settings() {
  return {{.name = "axis",
           .kind = SettingKind::axes,
           .default_value = no_value(),
           .doc = "the axis or axes to reduce, N being axis 0; without it all but N"},
          keep_setting()};
}

std::vector<ForeignName> reduction_foreign_names() {
  return {{"keepdims", "keep"}, {"keep_dims", "keep"}, {"keepdim", "keep"}, {"dim", "axis"}, {"axes", "axis"}};
}

std::optional<Inferred> infer_extreme(const Application& application) {
  if (!require_numbers(application)) {
    return std::nullopt;
  }
  if (application.inputs.size() == 1) {
    return infer_reduction(application);
  }
  for (const std::string_view name : {"axis", "keep"}) {
    if (application.setting(name).given) {
      application.report->add(application.setting(name).span, diag::SettingRange,
                              application.setting(name).value.to_text(), std::string(name),
                              std::string(application.layer->name), "left out where several tensors are compared");
      return std::nullopt;
    }
  }
  BoundInput joined = application.inputs[0];
  for (std::size_t index = 1; index < application.inputs.size(); ++index) {
    const auto type = infer_broadcast(application.layer->name, joined, application.inputs[index], application.span,
                                      *application.report);
    if (!type) {
      return std::nullopt;
    }
    joined.type = *type;
  }
  return Inferred{.results = {joined.type}, .weights = {}, .details = ""};
}

std::vector<graph::NodeId> lower_extreme(Lowering& lowering, graph::Reducer reducer, graph::MapOp op) {
  if (lowering.inputs.size() == 1) {
    return lower_reduction(lowering, reducer);
  }
  graph::MapBuilder map;
  const DType dtype = lowering.inferred.results[0].dtype;
  auto value = map.operand(0, dtype);
  for (std::uint32_t index = 1; index < lowering.inputs.size(); ++index) {
    value = map.apply(op, value, map.operand(index, dtype));
  }
  return {lowering.builder.map(map.finish(value), lowering.inputs)};
}

}  // namespace kdlc::catalogue
