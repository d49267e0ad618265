// binary_accuracy: how often each yes or no is right.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

NodeId values(Lowering& lowering) {
  const double threshold = lowering.application.number("threshold");
  return map_two(lowering.builder, probabilities(lowering), lowering.inputs[1], [&](MapBuilder& map, auto p, auto t) {
    const DType dtype = map.dtype(p);
    const auto decided = map.cast(map.apply(MapOp::greater, p, map.constant(threshold, dtype)), dtype);
    return map.cast(map.apply(MapOp::equal, t, decided), dtype);
  });
}

}  // namespace

extern const Metric metric_binary_accuracy = {
    .score = {.name = "binary_accuracy",
              .summary = "the share of outputs on the side of the threshold where the target is",
              .rules = {.output = OutputKind::probability,
                        .labels = LabelKind::yes_no,
                        .label_range = {.minimum = 0, .maximum = 1}},
              .settings = {{.name = "threshold",
                            .kind = SettingKind::number,
                            .default_value = number_value(0.5),
                            .range = {.minimum = 0, .maximum = 1, .minimum_excluded = true, .maximum_excluded = true},
                            .doc = "what an output must exceed to be a yes"},
                           from_logits_setting()},
              .known_elsewhere_as = {"BinaryAccuracy"}},
    .values = values,
};

}  // namespace kdlc::catalogue
