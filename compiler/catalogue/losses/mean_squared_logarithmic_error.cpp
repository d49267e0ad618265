// mean_squared_logarithmic_error: squared differences of logarithms.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

NodeId values(Lowering& lowering) {
  return mean_of_last(lowering, [&](MapBuilder& map, auto p, auto t) {
    const auto logarithm = [&](auto x) {
      return map.apply(MapOp::log1p, map.maximum(x, map.constant(kScoreEpsilon, map.dtype(p))));
    };
    const auto difference = map.subtract(logarithm(p), logarithm(t));
    return map.multiply(difference, difference);
  });
}

}  // namespace

extern const Loss loss_mean_squared_logarithmic_error = {
    .score = {.name = "mean_squared_logarithmic_error",
              .also = {"msle"},
              .summary = "mean (log(1 + max(t, 1e-7)) - log(1 + max(p, 1e-7)))²",
              .rules = {.output = OutputKind::not_negative, .label_range = {.minimum = 0}},
              .known_elsewhere_as = {"MeanSquaredLogarithmicError", "MSLE"}},
    .values = values,
};

}  // namespace kdlc::catalogue
