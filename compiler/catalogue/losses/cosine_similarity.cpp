// cosine_similarity: the cosine of the angle between output and target, negated.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

/// x / |x|, and 1e7·x where |x| is smaller than 1e-7.
NodeId unit_rows(graph::Builder& builder, NodeId x, std::size_t axis) {
  const NodeId squares = map_one(builder, x, [](MapBuilder& map, auto v) { return map.multiply(v, v); });
  const NodeId length = reduce_axis(builder, Reducer::sum, squares, axis, true);
  return map_two(builder, x, length, [](MapBuilder& map, auto v, auto sum) {
    const auto largest = map.constant(1 / kScoreEpsilon, map.dtype(v));
    return map.multiply(v, map.minimum(map.apply(MapOp::rsqrt, sum), largest));
  });
}

NodeId values(Lowering& lowering) {
  const std::size_t axis = axis_of_output(lowering);
  const NodeId target = lowering.builder.cast(lowering.inputs[1], lowering.application.type().dtype);
  const NodeId products = map_two(lowering.builder, unit_rows(lowering.builder, lowering.inputs[0], axis),
                                  unit_rows(lowering.builder, target, axis), [](MapBuilder& map, auto p, auto t) {
                                    return map.apply(MapOp::negate, map.multiply(p, t));
                                  });
  return reduce_axis(lowering.builder, Reducer::sum, products, axis, false);
}

}  // namespace

extern const Loss loss_cosine_similarity = {
    .score = {.name = "cosine_similarity",
              .summary = "-Σ p·t / (|p|·|t|): -1 where both point the same way",
              .rules = {.least_axes = 1},
              .settings = {axis_setting(-1)},
              .known_elsewhere_as = {"CosineSimilarity", "CosineEmbeddingLoss", "cosine_proximity"}},
    .values = values,
};

}  // namespace kdlc::catalogue
