// categorical_focal_crossentropy: one of several classes, with less weight where it is right already.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

/// Σ alpha·(1 - p)^gamma · -t·log p, with p made to sum to 1 and clipped to [1e-7, 1 - 1e-7].
NodeId values(Lowering& lowering) {
  const Application& application = lowering.application;
  const std::size_t axis = axis_of_output(lowering);
  const auto count = static_cast<double>(class_count(application));
  const NodeId output = application.boolean("from_logits") ? activate(lowering.builder, "softmax", lowering.inputs[0],
                                                                      std::vector<double>{static_cast<double>(axis)})
                                                           : lowering.inputs[0];
  const NodeId sum = reduce_axis(lowering.builder, Reducer::sum, output, axis, true);
  const NodeId parts = map_two(lowering.builder, output, sum, [](MapBuilder& map, auto p, auto total) {
    const DType dtype = map.dtype(p);
    return map.minimum(map.maximum(map.divide(p, total), map.constant(kScoreEpsilon, dtype)),
                       map.constant(1 - kScoreEpsilon, dtype));
  });
  const NodeId terms = map_two(lowering.builder, parts, lowering.inputs[1], [&](MapBuilder& map, auto p, auto t) {
    const DType dtype = map.dtype(p);
    const auto rest = map.subtract(map.constant(1, dtype), p);
    const auto factor = map.multiply(map.apply(MapOp::power, rest, map.constant(application.number("gamma"), dtype)),
                                     map.constant(-application.number("alpha"), dtype));
    const auto label = smooth(map, t, application.number("label_smoothing"), count);
    return map.multiply(factor, map.multiply(label, map.apply(MapOp::log, p)));
  });
  return reduce_axis(lowering.builder, Reducer::sum, terms, axis, false);
}

}  // namespace

extern const Loss loss_categorical_focal_crossentropy = {
    .score = {.name = "categorical_focal_crossentropy",
              .summary = "-Σ alpha·(1 - p)^gamma·t·log p over the classes, for one-hot targets",
              .rules = {.output = OutputKind::distribution,
                        .labels = LabelKind::one_hot,
                        .label_range = {.minimum = 0, .maximum = 1},
                        .least_axes = 1},
              .settings = {unit_setting("alpha", 0.25, "the weight of all classes"),
                           {.name = "gamma",
                            .kind = SettingKind::number,
                            .default_value = number_value(2),
                            .range = not_negative(),
                            .doc = "how much less what is right already counts"},
                           from_logits_setting(),
                           label_smoothing_setting(),
                           axis_setting(-1)},
              .known_elsewhere_as = {"CategoricalFocalCrossentropy"}},
    .values = values,
};

}  // namespace kdlc::catalogue
