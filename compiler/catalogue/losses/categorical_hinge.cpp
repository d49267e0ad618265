// categorical_hinge: a margin between the right class and the best other one.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::NodeId;
using graph::Reducer;

NodeId values(Lowering& lowering) {
  const std::size_t last = lowering.application.type().shape.axis_count() - 1;
  const NodeId right = score_map(lowering, [](MapBuilder& map, auto p, auto t) { return map.multiply(t, p); });
  const NodeId wrong = score_map(lowering, [](MapBuilder& map, auto p, auto t) {
    return map.multiply(map.subtract(map.constant(1, map.dtype(p)), t), p);
  });
  return map_two(lowering.builder, reduce_axis(lowering.builder, Reducer::maximum, wrong, last, false),
                 reduce_axis(lowering.builder, Reducer::sum, right, last, false),
                 [](MapBuilder& map, auto negative, auto positive) {
                   const DType dtype = map.dtype(positive);
                   const auto margin = map.add(map.subtract(negative, positive), map.constant(1, dtype));
                   return map.maximum(margin, map.constant(0, dtype));
                 });
}

}  // namespace

extern const Loss loss_categorical_hinge = {
    .score = {.name = "categorical_hinge",
              .summary = "max(max (1 - t)·p - Σ t·p + 1, 0), for one-hot targets",
              .rules = {.output = OutputKind::class_scores,
                        .labels = LabelKind::one_hot,
                        .label_range = {.minimum = 0, .maximum = 1},
                        .least_axes = 1},
              .known_elsewhere_as = {"CategoricalHinge", "MultiMarginLoss"}},
    .values = values,
};

}  // namespace kdlc::catalogue
