// categorical_crossentropy: one of several classes, given as a one-hot row.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

/// log p, with p made to sum to 1 and clipped to [1e-7, 1 - 1e-7]; of logits their log softmax.
NodeId log_probabilities(Lowering& lowering, std::size_t axis) {
  const NodeId output = lowering.inputs[0];
  if (lowering.application.boolean("from_logits")) {
    return activate(lowering.builder, "log_softmax", output, std::vector<double>{static_cast<double>(axis)});
  }
  const NodeId sum = reduce_axis(lowering.builder, Reducer::sum, output, axis, true);
  return map_two(lowering.builder, output, sum, [](MapBuilder& map, auto p, auto total) {
    const DType dtype = map.dtype(p);
    const auto part = map.divide(p, total);
    return map.apply(MapOp::log, map.minimum(map.maximum(part, map.constant(kScoreEpsilon, dtype)),
                                             map.constant(1 - kScoreEpsilon, dtype)));
  });
}

/// -Σ t·log p over the classes.
NodeId values(Lowering& lowering) {
  const std::size_t axis = axis_of_output(lowering);
  const double smoothing = lowering.application.number("label_smoothing");
  const auto count = static_cast<double>(class_count(lowering.application));
  const NodeId logarithms = log_probabilities(lowering, axis);
  const NodeId terms =
      map_two(lowering.builder, logarithms, lowering.inputs[1], [&](MapBuilder& map, auto log_p, auto t) {
        return map.apply(MapOp::negate, map.multiply(smooth(map, t, smoothing, count), log_p));
      });
  return reduce_axis(lowering.builder, Reducer::sum, terms, axis, false);
}

}  // namespace

extern const Loss loss_categorical_crossentropy = {
    .score = {.name = "categorical_crossentropy",
              .also = {"cce"},
              .summary = "-Σ t·log p over the classes, for one-hot targets",
              .rules = {.output = OutputKind::distribution,
                        .labels = LabelKind::one_hot,
                        .label_range = {.minimum = 0, .maximum = 1},
                        .least_axes = 1},
              .settings = {from_logits_setting(), label_smoothing_setting(), axis_setting(-1)},
              .known_elsewhere_as = {"CategoricalCrossentropy", "categorical_cross_entropy"}},
    .values = values,
};

}  // namespace kdlc::catalogue
