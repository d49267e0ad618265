// pearson_correlation: how output and target vary together along an axis.
#include "catalogue/centred.hpp"
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

NodeId values(Lowering& lowering) {
  graph::Builder& builder = lowering.builder;
  const Centred centred = centre(lowering);
  const NodeId product = map_two(builder, centred.output, centred.target,
                                 [](MapBuilder& map, auto x, auto y) { return map.multiply(x, y); });
  const NodeId scale =
      map_two(builder, centred.output_variance, centred.target_variance, [](MapBuilder& map, auto x, auto y) {
        return map.multiply(map.apply(MapOp::sqrt, x), map.apply(MapOp::sqrt, y));
      });
  const NodeId parts =
      map_two(builder, product, scale, [](MapBuilder& map, auto x, auto y) { return map.divide(x, y); });
  return reduce_axis(builder, Reducer::mean, parts, axis_of_output(lowering), false);
}

}  // namespace

extern const Metric metric_pearson_correlation = {
    .score = {.name = "pearson_correlation",
              .summary = "mean over samples of the correlation of p and t along the axis",
              .rules = {.least_axes = 1},
              .settings = {axis_setting(-1)},
              .known_elsewhere_as = {"PearsonCorrelation"}},
    .values = values,
};

}  // namespace kdlc::catalogue
