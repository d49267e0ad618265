// kl_divergence: how far a distribution is from the right one.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

/// Both clipped to [1e-7, 1].
NodeId values(Lowering& lowering) {
  const NodeId terms = score_map(lowering, [](MapBuilder& map, auto p, auto t) {
    const DType dtype = map.dtype(p);
    const auto clip = [&](auto x) {
      return map.minimum(map.maximum(x, map.constant(kScoreEpsilon, dtype)), map.constant(1, dtype));
    };
    return map.multiply(clip(t), map.apply(MapOp::log, map.divide(clip(t), clip(p))));
  });
  return reduce_axis(lowering.builder, Reducer::sum, terms, lowering.application.type().shape.axis_count() - 1, false);
}

}  // namespace

extern const Loss loss_kl_divergence = {
    .score = {.name = "kl_divergence",
              .also = {"kld"},
              .summary = "Σ t·log(t / p) over the classes",
              .rules = {.output = OutputKind::distribution,
                        .label_range = {.minimum = 0, .maximum = 1},
                        .least_axes = 1},
              .known_elsewhere_as = {"KLDivergence", "KLDivLoss", "KLD", "kullback_leibler_divergence"}},
    .values = values,
};

}  // namespace kdlc::catalogue
