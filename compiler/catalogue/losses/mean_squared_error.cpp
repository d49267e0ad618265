// mean_squared_error: the mean of squared differences.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::NodeId;

NodeId values(Lowering& lowering) {
  return mean_of_last(lowering, [&](MapBuilder& map, auto p, auto t) {
    const auto difference = map.subtract(t, p);
    return map.multiply(difference, difference);
  });
}

}  // namespace

extern const Loss loss_mean_squared_error = {
    .score = {.name = "mean_squared_error",
              .also = {"mse"},
              .summary = "mean (t - p)²",
              .known_elsewhere_as = {"MeanSquaredError", "MSE", "MSELoss", "L2Loss"}},
    .values = values,
};

}  // namespace kdlc::catalogue
