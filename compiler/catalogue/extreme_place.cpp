// Where the largest or smallest number along an axis stands.
#include "catalogue/extreme_place.hpp"

#include <limits>

#include "catalogue/axes.hpp"
#include "catalogue/declare.hpp"
#include "catalogue/lookup.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapOp;

constexpr DType kPlace = DType::i32;

}  // namespace

std::vector<Setting> extreme_place_settings() {
  return {{.name = "axis",
           .kind = SettingKind::integer,
           .default_value = integer_value(-1),
           .doc = "the axis to look along, N being axis 0"},
          keep_setting()};
}

std::vector<ForeignName> extreme_place_foreign_names() {
  return {{"dim", "axis"}, {"keepdims", "keep"}, {"keepdim", "keep"}};
}

std::optional<Inferred> infer_extreme_place(const Application& application) {
  const bool holds_numbers = require_numbers(application);
  const auto axis = resolve_axis(application, application.integer("axis"), application.inputs[0]);
  if (!axis || !holds_numbers) {
    return std::nullopt;
  }
  TensorType type{.dtype = kPlace, .shape = application.type().shape};
  if (application.boolean("keep")) {
    type.shape.axes[*axis] = 1;
  } else {
    type.shape.axes.erase(type.shape.axes.begin() + *axis);
  }
  return Inferred{.results = {type}, .weights = {}, .details = given_settings_text(application)};
}

/// min over k of (x[k] is the extreme, or NaN ? k : size). The extreme is NaN when any number is, and then equals none.
std::vector<graph::NodeId> lower_extreme_place(Lowering& lowering, graph::Reducer reducer) {
  graph::Builder& builder = lowering.builder;
  const Application& application = lowering.application;
  const graph::NodeId x = lowering.inputs[0];
  const TensorType type = builder.type(x);
  const std::uint32_t axis = *resolve_axis(application, application.integer("axis"), application.inputs[0]);
  const std::size_t behind = type.shape.axis_count() - axis - 1;
  const graph::NodeId extreme = builder.reduce(reducer, x, {axis}, true);
  const graph::NodeId places = counting_along(builder, type.shape.axes[axis], behind, kPlace);
  graph::MapBuilder map;
  const auto number = map.operand(0, type.dtype);
  auto is_extreme = map.apply(MapOp::equal, number, map.operand(1, type.dtype));
  if (is_float(type.dtype)) {
    is_extreme = map.apply(MapOp::logical_or, is_extreme, map.apply(MapOp::not_equal, number, number));
  }
  const auto far = map.constant(static_cast<double>(std::numeric_limits<std::int32_t>::max()), kPlace);
  const auto place = map.select(is_extreme, map.operand(2, kPlace), far);
  const graph::NodeId candidates = builder.map(map.finish(place), {x, extreme, places});
  return {builder.reduce(graph::Reducer::minimum, candidates, {axis}, application.boolean("keep"))};
}

}  // namespace kdlc::catalogue
