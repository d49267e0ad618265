// tversky: the overlap of output and target, with weights for what is missed and what is too much.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::NodeId;

/// Σ t·p, Σ t and Σ p.
std::vector<NodeId> contribute(Lowering& lowering) {
  const NodeId both = score_map(lowering, [](MapBuilder& map, auto p, auto t) { return map.multiply(t, p); });
  const NodeId target = lowering.builder.cast(lowering.inputs[1], lowering.application.type().dtype);
  return {sum_sample(lowering.builder, both), sum_sample(lowering.builder, target),
          sum_sample(lowering.builder, lowering.inputs[0])};
}

NodeId combine_sums(const Application& application, graph::Builder& builder, const std::vector<NodeId>& sums) {
  MapBuilder map;
  const DType dtype = builder.type(sums[0]).dtype;
  const auto both = map.operand(0, dtype);
  const auto target = map.operand(1, dtype);
  const auto output = map.operand(2, dtype);
  const auto missed = map.multiply(map.constant(application.number("alpha"), dtype), map.subtract(target, both));
  const auto surplus = map.multiply(map.constant(application.number("beta"), dtype), map.subtract(output, both));
  const auto all = map.add(map.add(map.add(both, missed), surplus), map.constant(kScoreEpsilon, dtype));
  const auto part = map.divide(both, all);
  return builder.map(map.finish(map.subtract(map.constant(1, dtype), part)), sums);
}

}  // namespace

extern const Loss loss_tversky = {
    .score = {.name = "tversky",
              .summary = "1 - Σ t·p / (Σ t·p + alpha·Σ t·(1 - p) + beta·Σ p·(1 - t) + 1e-7), over all samples at once",
              .rules = {.output = OutputKind::probability,
                        .labels = LabelKind::yes_no,
                        .label_range = {.minimum = 0, .maximum = 1}},
              .settings = {unit_setting("alpha", 0.5, "the weight of what is missed"),
                           unit_setting("beta", 0.5, "the weight of what is too much")},
              .known_elsewhere_as = {"Tversky"}},
    .contribute = contribute,
    .combine = combine_sums,
};

}  // namespace kdlc::catalogue
