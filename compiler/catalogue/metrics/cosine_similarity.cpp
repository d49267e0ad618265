// cosine_similarity: the cosine of the angle between output and target.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

NodeId values(Lowering& lowering) {
  return map_one(lowering.builder, find_loss("cosine_similarity")->values(lowering),
                 [](MapBuilder& map, auto value) { return map.apply(MapOp::negate, value); });
}

}  // namespace

extern const Metric metric_cosine_similarity = {
    .score = {.name = "cosine_similarity",
              .summary = "Σ p·t / (|p|·|t|): 1 where both point the same way",
              .rules = {.least_axes = 1},
              .settings = {axis_setting(-1)},
              .known_elsewhere_as = {"CosineSimilarity"}},
    .values = values,
};

}  // namespace kdlc::catalogue
