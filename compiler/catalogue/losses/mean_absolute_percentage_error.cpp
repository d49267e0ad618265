// mean_absolute_percentage_error: differences in parts of a hundred of the target.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

NodeId values(Lowering& lowering) {
  return mean_of_last(lowering, [&](MapBuilder& map, auto p, auto t) {
    const DType dtype = map.dtype(p);
    const auto size = map.maximum(map.apply(MapOp::absolute, t), map.constant(kScoreEpsilon, dtype));
    const auto part = map.divide(map.apply(MapOp::absolute, map.subtract(t, p)), size);
    return map.multiply(map.constant(100, dtype), part);
  });
}

}  // namespace

extern const Loss loss_mean_absolute_percentage_error = {
    .score = {.name = "mean_absolute_percentage_error",
              .also = {"mape"},
              .summary = "100 · mean |t - p| / max(|t|, 1e-7)",
              .known_elsewhere_as = {"MeanAbsolutePercentageError", "MAPE"}},
    .values = values,
};

}  // namespace kdlc::catalogue
