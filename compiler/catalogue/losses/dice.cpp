// dice: the overlap of output and target over the whole data set.
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

NodeId combine_sums(const Application& /*application*/, graph::Builder& builder, const std::vector<NodeId>& sums) {
  MapBuilder map;
  const DType dtype = builder.type(sums[0]).dtype;
  const auto both = map.operand(0, dtype);
  const auto target = map.operand(1, dtype);
  const auto output = map.operand(2, dtype);
  const auto all = map.add(map.add(target, output), map.constant(kScoreEpsilon, dtype));
  const auto part = map.divide(map.multiply(map.constant(2, dtype), both), all);
  return builder.map(map.finish(map.subtract(map.constant(1, dtype), part)), sums);
}

}  // namespace

extern const Loss loss_dice = {
    .score = {.name = "dice",
              .summary = "1 - 2·Σ t·p / (Σ t + Σ p + 1e-7), over all samples at once",
              .rules = {.output = OutputKind::probability,
                        .labels = LabelKind::yes_no,
                        .label_range = {.minimum = 0, .maximum = 1}},
              .known_elsewhere_as = {"Dice", "DiceLoss"}},
    .contribute = contribute,
    .combine = combine_sums,
};

}  // namespace kdlc::catalogue
