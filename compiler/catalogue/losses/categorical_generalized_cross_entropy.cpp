// categorical_generalized_cross_entropy: one of several classes, robust against wrong labels.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

/// p of the label's class, as it is given.
NodeId values(Lowering& lowering) {
  const DType dtype = lowering.application.type().dtype;
  const NodeId label = one_hot(lowering.builder, class_numbers(lowering), class_count(lowering.application), dtype);
  const NodeId terms = map_two(lowering.builder, lowering.inputs[0], label,
                               [](MapBuilder& map, auto p, auto t) { return map.multiply(p, t); });
  const NodeId right =
      reduce_axis(lowering.builder, Reducer::sum, terms, lowering.application.type().shape.axis_count() - 1, false);
  const double q = lowering.application.number("q");
  return map_one(lowering.builder, right, [&](MapBuilder& map, auto p) {
    const auto power = map.apply(MapOp::power, p, map.constant(q, dtype));
    return map.divide(map.subtract(map.constant(1, dtype), power), map.constant(q, dtype));
  });
}

}  // namespace

extern const Loss loss_categorical_generalized_cross_entropy = {
    .score = {.name = "categorical_generalized_cross_entropy",
              .summary = "(1 - p^q) / q of the label's class, for class numbers",
              .rules = {.output = OutputKind::distribution, .labels = LabelKind::class_numbers, .least_axes = 1},
              .settings = {{.name = "q",
                            .kind = SettingKind::number,
                            .default_value = number_value(0.5),
                            .range = {.minimum = 0, .maximum = 1, .minimum_excluded = true, .maximum_excluded = true},
                            .doc = "near 0 as a crossentropy, near 1 as an absolute error"}},
              .known_elsewhere_as = {"CategoricalGeneralizedCrossEntropy"}},
    .values = values,
};

}  // namespace kdlc::catalogue
