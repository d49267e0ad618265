// binary_focal_crossentropy: yes or no, with less weight where it is right already.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

/// (1 - p of the label)^gamma times the binary crossentropy of p, clipped to [1e-7, 1 - 1e-7].
NodeId values(Lowering& lowering) {
  const Application& application = lowering.application;
  const double smoothing = application.number("label_smoothing");
  const double alpha = application.number("alpha");
  const NodeId output = probabilities(lowering);
  const NodeId terms = map_two(lowering.builder, output, lowering.inputs[1], [&](MapBuilder& map, auto p, auto t) {
    const DType dtype = map.dtype(p);
    const auto one = map.constant(1, dtype);
    t = smooth(map, t, smoothing, 2);
    const auto not_t = map.subtract(one, t);
    const auto right = map.add(map.multiply(t, p), map.multiply(not_t, map.subtract(one, p)));
    const auto factor =
        map.apply(MapOp::power, map.subtract(one, right), map.constant(application.number("gamma"), dtype));
    p = map.minimum(map.maximum(p, map.constant(kScoreEpsilon, dtype)), map.constant(1 - kScoreEpsilon, dtype));
    const auto yes = map.multiply(t, map.apply(MapOp::log, p));
    const auto no = map.multiply(not_t, map.apply(MapOp::log, map.subtract(one, p)));
    const auto focal = map.multiply(factor, map.apply(MapOp::negate, map.add(yes, no)));
    if (!application.boolean("balance")) {
      return focal;
    }
    const auto weight =
        map.add(map.multiply(t, map.constant(alpha, dtype)), map.multiply(not_t, map.constant(1 - alpha, dtype)));
    return map.multiply(weight, focal);
  });
  return reduce_axis(lowering.builder, Reducer::mean, terms, axis_of_output(lowering), false);
}

}  // namespace

extern const Loss loss_binary_focal_crossentropy = {
    .score = {.name = "binary_focal_crossentropy",
              .summary = "(1 - p of the label)^gamma times the binary crossentropy",
              .rules = {.output = OutputKind::probability,
                        .labels = LabelKind::yes_no,
                        .label_range = {.minimum = 0, .maximum = 1}},
              .settings = {{.name = "balance",
                            .kind = SettingKind::boolean,
                            .default_value = boolean_value(false),
                            .doc = "labels of 1 weigh alpha, labels of 0 weigh 1 - alpha"},
                           unit_setting("alpha", 0.25, "the weight of labels of 1"),
                           {.name = "gamma",
                            .kind = SettingKind::number,
                            .default_value = number_value(2),
                            .range = not_negative(),
                            .doc = "how much less what is right already counts"},
                           from_logits_setting(),
                           label_smoothing_setting(),
                           axis_setting(-1)},
              .foreign_names = {{"apply_class_balancing", "balance"}},
              .known_elsewhere_as = {"BinaryFocalCrossentropy"}},
    .values = values,
};

}  // namespace kdlc::catalogue
