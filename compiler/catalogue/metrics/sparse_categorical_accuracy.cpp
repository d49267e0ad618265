// sparse_categorical_accuracy: how often the largest output is that of the class number.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

NodeId values(Lowering& lowering) {
  const NodeId predicted = place_of_largest(lowering.builder, lowering.inputs[0]);
  return map_two(lowering.builder, predicted, class_numbers(lowering), [](MapBuilder& map, auto left, auto right) {
    return map.cast(map.apply(MapOp::equal, left, right), DType::f32);
  });
}

}  // namespace

extern const Metric metric_sparse_categorical_accuracy = {
    .score = {.name = "sparse_categorical_accuracy",
              .summary = "the share of samples whose largest output is at the class number",
              .rules = {.output = OutputKind::class_scores, .labels = LabelKind::class_numbers, .least_axes = 1},
              .known_elsewhere_as = {"SparseCategoricalAccuracy"}},
    .values = values,
};

}  // namespace kdlc::catalogue
