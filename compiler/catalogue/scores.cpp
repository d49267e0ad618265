// Words for the formulas of losses and metrics.
#include "catalogue/scores.hpp"

#include <algorithm>

#include "catalogue/axes.hpp"

namespace kdlc::catalogue {

using graph::Builder;
using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

NodeId map_two(Builder& builder, NodeId left, NodeId right, const ScoreFormula& formula) {
  MapBuilder map;
  const DType dtype = builder.type(left).dtype;
  const auto first = map.operand(0, dtype);
  const auto second = map.cast(map.operand(1, builder.type(right).dtype), dtype);
  return builder.map(map.finish(formula(map, first, second)), {left, right});
}

NodeId map_one(Builder& builder, NodeId x, const UnaryFormula& formula) {
  MapBuilder map;
  return builder.map(map.finish(formula(map, map.operand(0, builder.type(x).dtype))), {x});
}

NodeId score_map(Lowering& lowering, const ScoreFormula& formula) {
  return map_two(lowering.builder, lowering.inputs[0], lowering.inputs[1], formula);
}

NodeId reduce_axis(Builder& builder, Reducer reducer, NodeId x, std::size_t axis, bool keep) {
  if (builder.type(x).shape.axis_count() < 2) {
    return x;
  }
  return builder.reduce(reducer, x, {static_cast<std::uint32_t>(axis)}, keep);
}

NodeId mean_of_last(Lowering& lowering, const ScoreFormula& formula) {
  const NodeId values = score_map(lowering, formula);
  return reduce_axis(lowering.builder, Reducer::mean, values, lowering.builder.type(values).shape.axis_count() - 1,
                     false);
}

NodeId sum_sample(Builder& builder, NodeId x) {
  std::vector<std::uint32_t> axes;
  for (std::uint32_t axis = 1; axis < builder.type(x).shape.axis_count(); ++axis) {
    axes.push_back(axis);
  }
  return axes.empty() ? x : builder.reduce(Reducer::sum, x, axes, false);
}

std::size_t axis_of_output(const Lowering& lowering) {
  const std::int64_t axis = lowering.application.integer("axis");
  const auto count = static_cast<std::int64_t>(lowering.application.type().shape.axis_count());
  return static_cast<std::size_t>(axis < 0 ? axis + count : axis);
}

std::int64_t class_count(const Application& application) {
  const Dim& last = application.type().shape.axes.back();
  KDLC_ASSERT(last.is_constant(), "the number of classes has been checked");
  return last.constant();
}

bool has_class_numbers(const Application& application) {
  return is_integer(application.type(1).dtype);
}

NodeId class_numbers(Lowering& lowering) {
  Shape shape = lowering.application.type().shape;
  shape.axes.pop_back();
  return lowering.builder.cast(lowering.builder.reshape(lowering.inputs[1], shape), DType::i32);
}

NodeId counting(Builder& builder, std::int64_t count, DType dtype) {
  TensorData data = TensorData::zeros(dtype, {count});
  for (std::int64_t index = 0; index < count; ++index) {
    data.set(index, static_cast<double>(index));
  }
  return builder.constant({}, std::move(data));
}

NodeId one_hot(Builder& builder, NodeId numbers, std::int64_t count, DType dtype) {
  Shape shape = builder.type(numbers).shape;
  shape.axes.emplace_back(1);
  const NodeId places = counting(builder, count, DType::i32);
  const NodeId column = builder.reshape(numbers, shape);
  return map_two(builder, column, places, [&](MapBuilder& map, auto number, auto place) {
    return map.cast(map.apply(MapOp::equal, number, place), dtype);
  });
}

NodeId place_of_largest(Builder& builder, NodeId x) {
  const Shape shape = builder.type(x).shape;
  const std::int64_t count = shape.axes.back().constant();
  const auto axis = static_cast<std::uint32_t>(shape.axis_count() - 1);
  const NodeId largest = builder.reduce(Reducer::maximum, x, {axis}, true);
  const NodeId places = counting(builder, count, DType::i32);
  const DType dtype = builder.type(x).dtype;
  MapBuilder map;
  const auto is_largest = map.apply(MapOp::equal, map.operand(0, dtype), map.operand(1, dtype));
  const auto place =
      map.select(is_largest, map.operand(2, DType::i32), map.constant(static_cast<double>(count), DType::i32));
  return builder.reduce(Reducer::minimum, builder.map(map.finish(place), {x, largest, places}), {axis}, false);
}

NodeId activate(Builder& builder, std::string_view name, NodeId x, std::optional<std::vector<double>> settings) {
  const Activation* activation = find_activation(name);
  KDLC_ASSERT(activation != nullptr, "scores name activations of the catalogue");
  return bind_activation(*activation, settings ? *settings : settings_as_numbers(activation->settings, {}))
      .apply(builder, x);
}

NodeId probabilities(Lowering& lowering) {
  return lowering.application.boolean("from_logits") ? activate(lowering.builder, "sigmoid", lowering.inputs[0])
                                                     : lowering.inputs[0];
}

NodeId quotient(Builder& builder, NodeId numerator, NodeId denominator) {
  return map_two(builder, numerator, denominator, [](MapBuilder& map, auto above, auto below) {
    const auto zero = map.constant(0, map.dtype(above));
    const auto one = map.constant(1, map.dtype(above));
    const auto is_zero = map.apply(MapOp::equal, below, zero);
    return map.select(is_zero, zero, map.divide(above, map.select(is_zero, one, below)));
  });
}

double quotient(double numerator, double denominator) {
  return denominator == 0 ? 0 : numerator / denominator;
}

MapBuilder::Value smooth(MapBuilder& map, MapBuilder::Value target, double smoothing, double count) {
  if (smoothing == 0) {
    return target;
  }
  const DType dtype = map.dtype(target);
  return map.add(map.multiply(target, map.constant(1 - smoothing, dtype)), map.constant(smoothing / count, dtype));
}

Setting from_logits_setting() {
  return {.name = "from_logits",
          .kind = SettingKind::boolean,
          .default_value = boolean_value(false),
          .doc = "the output has no activation: the loss applies its own"};
}

Setting label_smoothing_setting() {
  Setting setting = unit_setting("label_smoothing", 0, "how far labels are drawn towards all classes alike");
  setting.range.maximum_excluded = true;  // at 1 the labels say nothing
  return setting;
}

Setting unit_setting(std::string_view name, std::optional<double> default_value, std::string_view doc) {
  Setting setting{.name = name, .kind = SettingKind::number, .range = {.minimum = 0, .maximum = 1}, .doc = doc};
  if (default_value) {
    setting.default_value = number_value(*default_value);
  }
  return setting;
}

std::vector<ForeignName> crossentropy_foreign_names() {
  return {{"ignore_class", "ignore"}, {"ignore_index", "ignore"}};
}

}  // namespace kdlc::catalogue
