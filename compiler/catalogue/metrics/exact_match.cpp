// exact_match: how often output and target are the same number.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

NodeId values(Lowering& lowering) {
  return score_map(
      lowering, [](MapBuilder& map, auto p, auto t) { return map.cast(map.apply(MapOp::equal, p, t), map.dtype(p)); });
}

}  // namespace

extern const Metric metric_exact_match = {
    .score = {.name = "exact_match",
              .summary = "the share of outputs that equal the target",
              .rules = {.output = OutputKind::decided}},
    .values = values,
};

}  // namespace kdlc::catalogue
