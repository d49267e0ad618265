// categorical_accuracy: how often the largest output is that of the one-hot row.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

NodeId values(Lowering& lowering) {
  const NodeId predicted = place_of_largest(lowering.builder, lowering.inputs[0]);
  return map_two(lowering.builder, predicted, place_of_largest(lowering.builder, lowering.inputs[1]),
                 [](MapBuilder& map, auto left, auto right) {
                   return map.cast(map.apply(MapOp::equal, left, right), DType::f32);
                 });
}

}  // namespace

extern const Metric metric_categorical_accuracy = {
    .score = {.name = "categorical_accuracy",
              .summary = "the share of samples whose largest output is at the 1 of the target",
              .rules = {.output = OutputKind::class_scores,
                        .labels = LabelKind::one_hot,
                        .label_range = {.minimum = 0, .maximum = 1},
                        .least_axes = 1},
              .known_elsewhere_as = {"CategoricalAccuracy"}},
    .values = values,
};

}  // namespace kdlc::catalogue
