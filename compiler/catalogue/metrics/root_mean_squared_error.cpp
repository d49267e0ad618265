// root_mean_squared_error: the root of the mean squared difference.
#include <cmath>

#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::NodeId;

std::vector<NodeId> contribute(Lowering& lowering) {
  return weighted_sums(lowering, score_map(lowering, [](MapBuilder& map, auto p, auto t) {
                         const auto difference = map.subtract(t, p);
                         return map.multiply(difference, difference);
                       }));
}

}  // namespace

extern const Metric metric_root_mean_squared_error = {
    .score = {.name = "root_mean_squared_error",
              .also = {"rmse"},
              .summary = "√ mean (t - p)²",
              .known_elsewhere_as = {"RootMeanSquaredError"}},
    .contribute = contribute,
    .finish = [](const Application& /*application*/,
                 const ScoreState& state) { return std::vector{std::sqrt(quotient(state[0][0], state[1][0]))}; },
};

}  // namespace kdlc::catalogue
