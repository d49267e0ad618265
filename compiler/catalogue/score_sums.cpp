// A loss of values as sums over samples: weights, ignored labels and reductions.
#include <algorithm>

#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::Builder;
using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

bool declares(const Application& application, std::string_view setting) {
  return std::ranges::find(application.layer->settings, setting, &Setting::name) != application.layer->settings.end();
}
bool declares_input(const Application& application, std::string_view input) {
  return std::ranges::find(application.layer->inputs, input, &InputSpec::name) != application.layer->inputs.end();
}

NodeId multiply(Builder& builder, std::optional<NodeId> left, NodeId right) {
  return left ? map_two(builder, *left, right, [](MapBuilder& map, auto a, auto b) { return map.multiply(a, b); })
              : right;
}

/// The target `weight` in the shape of the values, further axes 1.
NodeId given_weight(Lowering& lowering, const Shape& values) {
  const std::size_t place = *lowering.application.input_index[2];
  Shape shape = lowering.application.type(place).shape;
  while (shape.axis_count() > values.axis_count()) {
    shape.axes.pop_back();  // [N, 1] for [N]
  }
  while (shape.axis_count() < values.axis_count()) {
    shape.axes.emplace_back(1);
  }
  return lowering.builder.reshape(lowering.inputs[place], shape);
}

/// The weight of each label's class.
NodeId class_weight(Lowering& lowering) {
  Builder& builder = lowering.builder;
  const DType dtype = lowering.application.type().dtype;
  const auto& list = std::get<SettingList>(lowering.application.setting("class_weights").value.value);
  TensorData data = TensorData::zeros(dtype, {static_cast<std::int64_t>(list.size())});
  for (std::size_t index = 0; index < list.size(); ++index) {
    data.set(static_cast<std::int64_t>(index), std::get<double>(list[index].value));
  }
  const NodeId weights = builder.constant({}, std::move(data));
  const NodeId numbers =
      has_class_numbers(lowering.application) ? class_numbers(lowering) : place_of_largest(builder, lowering.inputs[1]);
  const NodeId rows = one_hot(builder, numbers, class_count(lowering.application), dtype);
  const NodeId picked =
      map_two(builder, rows, weights, [](MapBuilder& map, auto a, auto b) { return map.multiply(a, b); });
  return builder.reduce(graph::Reducer::sum, picked,
                        {static_cast<std::uint32_t>(builder.type(picked).shape.axis_count() - 1)}, false);
}

/// 1 where a label counts, 0 where it is the ignored class.
NodeId label_mask(Lowering& lowering) {
  const DType dtype = lowering.application.type().dtype;
  const auto ignored = static_cast<double>(lowering.application.integer("ignore"));
  return map_one(lowering.builder, class_numbers(lowering), [&](MapBuilder& map, auto number) {
    return map.cast(map.apply(MapOp::not_equal, number, map.constant(ignored, DType::i32)), dtype);
  });
}

NodeId ones_like(Builder& builder, NodeId values) {
  const TensorType type = builder.type(values);  // a copy: new nodes move the others
  return builder.broadcast_to(builder.scalar(1, type.dtype), type.shape);
}

}  // namespace

std::vector<NodeId> weighted_sums(Lowering& lowering, NodeId values) {
  Builder& builder = lowering.builder;
  const Application& application = lowering.application;
  std::optional<NodeId> mask;
  std::optional<NodeId> weight;
  if (declares(application, "ignore") && application.has("ignore")) {
    mask = label_mask(lowering);
    weight = mask;
  }
  if (declares_input(application, "weight") && application.input_index[2]) {
    const Shape shape = builder.type(values).shape;  // a copy: new nodes move the others
    weight = multiply(builder, weight, builder.broadcast_to(given_weight(lowering, shape), shape));
  }
  if (declares(application, "class_weights") && application.has("class_weights")) {
    weight = multiply(builder, weight, class_weight(lowering));
  }
  const NodeId weighted = weight ? multiply(builder, values, *weight) : values;
  const std::string reduction = declares(application, "reduction") ? application.word("reduction") : "mean";
  if (reduction == "sum") {
    return {sum_sample(builder, weighted)};
  }
  const std::optional<NodeId> counted = reduction == "mean" ? mask : weight;
  return {sum_sample(builder, weighted), sum_sample(builder, counted ? *counted : ones_like(builder, values))};
}

bool is_compiled(const Loss& loss) {
  return loss.values != nullptr || loss.contribute != nullptr;
}

bool is_compiled(const Metric& metric) {
  return !metric.of_loss.empty() || metric.values != nullptr || metric.contribute != nullptr;
}

std::vector<NodeId> contributions(const Loss& loss, Lowering& lowering) {
  return loss.values != nullptr ? weighted_sums(lowering, loss.values(lowering)) : loss.contribute(lowering);
}

std::vector<NodeId> contributions(const Metric& metric, Lowering& lowering) {
  if (!metric.of_loss.empty()) {
    return contributions(*find_loss(metric.of_loss), lowering);
  }
  return metric.values != nullptr ? weighted_sums(lowering, metric.values(lowering)) : metric.contribute(lowering);
}

NodeId combine(const Loss& loss, const Application& application, Builder& builder, const std::vector<NodeId>& sums) {
  if (loss.combine != nullptr) {
    return loss.combine(application, builder, sums);
  }
  return sums.size() == 1 ? sums[0] : quotient(builder, sums[0], sums[1]);
}

std::vector<double> finish(const Loss& loss, const Application& application, const ScoreState& state) {
  // The formula that training differentiates, on the sums in double.
  graph::Graph graph;
  Builder builder(graph);
  graph::Evaluation evaluation;
  std::vector<NodeId> sums;
  for (const std::vector<double>& sum : state) {
    KDLC_ASSERT(sum.size() == 1, "a loss is made of sums that are numbers");
    sums.push_back(builder.input({.name = "sum"}, {.dtype = DType::f64, .shape = {}}));
    TensorData data = TensorData::zeros(DType::f64, {});
    data.set(0, sum[0]);
    evaluation.inputs.push_back(std::move(data));
  }
  const NodeId result = combine(loss, application, builder, sums);
  return {graph::evaluate(graph, evaluation, {result}).front().at(0)};
}

std::vector<double> finish(const Metric& metric, const Application& application, const ScoreState& state) {
  if (metric.finish != nullptr) {
    return metric.finish(application, state);
  }
  if (!metric.of_loss.empty()) {
    return finish(*find_loss(metric.of_loss), application, state);
  }
  return {quotient(state[0][0], state[1][0])};
}

}  // namespace kdlc::catalogue
