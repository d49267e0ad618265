// poisson: how unlikely a count is under its predicted mean.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

NodeId values(Lowering& lowering) {
  return mean_of_last(lowering, [&](MapBuilder& map, auto p, auto t) {
    const auto logarithm = map.apply(MapOp::log, map.add(p, map.constant(kScoreEpsilon, map.dtype(p))));
    return map.subtract(p, map.multiply(t, logarithm));
  });
}

}  // namespace

extern const Loss loss_poisson = {
    .score = {.name = "poisson",
              .summary = "mean p - t·log(p + 1e-7)",
              .rules = {.output = OutputKind::not_negative, .label_range = {.minimum = 0}},
              .known_elsewhere_as = {"Poisson", "PoissonNLLLoss"}},
    .values = values,
};

}  // namespace kdlc::catalogue
