// What hinge and squared_hinge share.
#include "catalogue/hinge.hpp"

namespace kdlc::catalogue {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

MapBuilder::Value hinge_margin(MapBuilder& map, MapBuilder::Value output, MapBuilder::Value target,
                               const HingeForm& form) {
  const DType dtype = map.dtype(output);
  const auto one = map.constant(1, dtype);
  const auto label = form.from_binary ? map.subtract(map.multiply(map.constant(2, dtype), target), one) : target;
  const auto margin = map.maximum(map.subtract(one, map.multiply(label, output)), map.constant(0, dtype));
  return form.square ? map.multiply(margin, margin) : margin;
}

std::vector<NodeId> hinge_sums(Lowering& lowering, NodeId as_given, NodeId from_binary) {
  const NodeId others = score_map(lowering, [](MapBuilder& map, auto p, auto t) {
    const DType dtype = map.dtype(p);
    const auto is_binary = map.apply(MapOp::logical_or, map.apply(MapOp::equal, t, map.constant(0, dtype)),
                                     map.apply(MapOp::equal, t, map.constant(1, dtype)));
    return map.select(is_binary, map.constant(0, dtype), map.constant(1, dtype));
  });
  const std::vector<NodeId> given = weighted_sums(lowering, as_given);
  const std::vector<NodeId> binary = weighted_sums(lowering, from_binary);
  return {given[0], binary[0], given[1], sum_sample(lowering.builder, others)};
}

NodeId combine_hinge(const Application& /*application*/, graph::Builder& builder, const std::vector<NodeId>& sums) {
  MapBuilder map;
  const DType dtype = builder.type(sums[0]).dtype;
  const auto is_binary = map.apply(MapOp::equal, map.operand(2, dtype), map.constant(0, dtype));
  const NodeId sum = builder.map(map.finish(map.select(is_binary, map.operand(1, dtype), map.operand(0, dtype))),
                                 {sums[0], sums[1], sums[3]});
  return quotient(builder, sum, sums[2]);
}

}  // namespace kdlc::catalogue
