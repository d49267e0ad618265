// mean_absolute_error: the mean of differences without their sign.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

NodeId values(Lowering& lowering) {
  return mean_of_last(lowering,
                      [&](MapBuilder& map, auto p, auto t) { return map.apply(MapOp::absolute, map.subtract(t, p)); });
}

}  // namespace

extern const Loss loss_mean_absolute_error = {
    .score = {.name = "mean_absolute_error",
              .also = {"mae"},
              .summary = "mean |t - p|",
              .known_elsewhere_as = {"MeanAbsoluteError", "MAE", "L1Loss"}},
    .values = values,
};

}  // namespace kdlc::catalogue
