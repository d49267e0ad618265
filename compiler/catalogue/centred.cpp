// Means and variances along an axis.
#include "catalogue/centred.hpp"

#include "catalogue/scores.hpp"

namespace kdlc::catalogue {

using graph::MapBuilder;
using graph::NodeId;
using graph::Reducer;

Centred centre(Lowering& lowering) {
  graph::Builder& builder = lowering.builder;
  const std::size_t axis = axis_of_output(lowering);
  const NodeId target = builder.cast(lowering.inputs[1], lowering.application.type().dtype);
  const auto mean = [&](NodeId x) { return reduce_axis(builder, Reducer::mean, x, axis, true); };
  const auto subtract = [](MapBuilder& map, auto x, auto y) { return map.subtract(x, y); };
  const auto square = [](MapBuilder& map, auto x) { return map.multiply(x, x); };
  Centred centred;
  centred.output_mean = mean(lowering.inputs[0]);
  centred.target_mean = mean(target);
  centred.output = map_two(builder, lowering.inputs[0], centred.output_mean, subtract);
  centred.target = map_two(builder, target, centred.target_mean, subtract);
  centred.output_variance = mean(map_one(builder, centred.output, square));
  centred.target_variance = mean(map_one(builder, centred.target, square));
  return centred;
}

}  // namespace kdlc::catalogue
