// binary_crossentropy: yes or no, for each output on its own.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

/// -(t·log p + (1 - t)·log(1 - p)) with p clipped to [1e-7, 1 - 1e-7]; of logits z: max(z, 0) - z·t + log(1 +
/// exp(-|z|)).
NodeId values(Lowering& lowering) {
  const Application& application = lowering.application;
  const double smoothing = application.number("label_smoothing");
  const bool from_logits = application.boolean("from_logits");
  const NodeId terms = score_map(lowering, [&](MapBuilder& map, auto p, auto t) {
    const DType dtype = map.dtype(p);
    const auto one = map.constant(1, dtype);
    t = smooth(map, t, smoothing, 2);
    if (from_logits) {
      const auto power = map.apply(MapOp::exp, map.apply(MapOp::negate, map.apply(MapOp::absolute, p)));
      const auto positive = map.maximum(p, map.constant(0, dtype));
      return map.add(map.subtract(positive, map.multiply(p, t)), map.apply(MapOp::log1p, power));
    }
    p = map.minimum(map.maximum(p, map.constant(kScoreEpsilon, dtype)), map.constant(1 - kScoreEpsilon, dtype));
    const auto yes = map.multiply(t, map.apply(MapOp::log, p));
    const auto no = map.multiply(map.subtract(one, t), map.apply(MapOp::log, map.subtract(one, p)));
    return map.apply(MapOp::negate, map.add(yes, no));
  });
  return reduce_axis(lowering.builder, Reducer::mean, terms, axis_of_output(lowering), false);
}

}  // namespace

extern const Loss loss_binary_crossentropy = {
    .score = {.name = "binary_crossentropy",
              .also = {"bce"},
              .summary = "mean -(t·log p + (1 - t)·log(1 - p)): each output is a yes or no of its own",
              .rules = {.output = OutputKind::probability,
                        .labels = LabelKind::yes_no,
                        .label_range = {.minimum = 0, .maximum = 1}},
              .settings = {from_logits_setting(), label_smoothing_setting(), axis_setting(-1)},
              .known_elsewhere_as = {"BinaryCrossentropy", "BCELoss", "BCEWithLogitsLoss", "binary_cross_entropy",
                                     "BCE"}},
    .values = values,
};

}  // namespace kdlc::catalogue
