// concordance_correlation: how output and target agree along an axis.
#include "catalogue/centred.hpp"
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::NodeId;
using graph::Reducer;

NodeId values(Lowering& lowering) {
  graph::Builder& builder = lowering.builder;
  const Centred centred = centre(lowering);
  MapBuilder map;
  const DType dtype = lowering.application.type().dtype;
  const auto p = map.operand(0, dtype);
  const auto t = map.operand(1, dtype);
  const auto gap = map.subtract(map.operand(3, dtype), map.operand(2, dtype));
  // t - mean p = (t - mean t) + (mean t - mean p)
  const auto product = map.multiply(map.constant(2, dtype), map.multiply(map.add(t, gap), p));
  const auto variances = map.add(map.operand(4, dtype), map.operand(5, dtype));
  const auto scale = map.add(map.add(variances, map.multiply(gap, gap)), map.constant(kScoreEpsilon, dtype));
  const NodeId parts = builder.map(map.finish(map.divide(product, scale)),
                                   {centred.output, centred.target, centred.output_mean, centred.target_mean,
                                    centred.output_variance, centred.target_variance});
  return reduce_axis(builder, Reducer::mean, parts, axis_of_output(lowering), false);
}

}  // namespace

extern const Metric metric_concordance_correlation = {
    .score = {.name = "concordance_correlation",
              .summary =
                  "mean over samples of 2·(t - mean p)·(p - mean p) / (var t + var p + (mean t - mean p)² + 1e-7)",
              .rules = {.least_axes = 1},
              .settings = {axis_setting(-1)},
              .known_elsewhere_as = {"ConcordanceCorrelation"}},
    .values = values,
};

}  // namespace kdlc::catalogue
