// sparse_categorical_crossentropy: one of several classes, given by its number.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

/// The logarithm of the probability of the label's class: of p clipped to [1e-7, 1 - 1e-7] and made to sum to 1, or of
/// logits their log softmax.
NodeId values(Lowering& lowering) {
  const std::int64_t count = class_count(lowering.application);
  NodeId scores = lowering.inputs[0];
  if (!lowering.application.boolean("from_logits")) {
    scores = map_one(lowering.builder, scores, [](MapBuilder& map, auto p) {
      const DType dtype = map.dtype(p);
      return map.apply(MapOp::log, map.minimum(map.maximum(p, map.constant(kScoreEpsilon, dtype)),
                                               map.constant(1 - kScoreEpsilon, dtype)));
    });
  }
  const NodeId logarithms = activate(lowering.builder, "log_softmax", scores);
  const NodeId label = one_hot(lowering.builder, class_numbers(lowering), count, DType::boolean);
  MapBuilder map;
  const DType dtype = lowering.application.type().dtype;
  const auto picked = map.select(map.operand(1, DType::boolean), map.apply(MapOp::negate, map.operand(0, dtype)),
                                 map.constant(0, dtype));
  const NodeId terms = lowering.builder.map(map.finish(picked), {logarithms, label});
  return reduce_axis(lowering.builder, Reducer::sum, terms, lowering.application.type().shape.axis_count() - 1, false);
}

}  // namespace

extern const Loss loss_sparse_categorical_crossentropy = {
    .score = {.name = "sparse_categorical_crossentropy",
              .summary = "-log p of the label's class, for class numbers",
              .rules = {.output = OutputKind::distribution, .labels = LabelKind::class_numbers, .least_axes = 1},
              .settings = {from_logits_setting(),
                           {.name = "ignore",
                            .kind = SettingKind::integer,
                            .default_value = no_value(),
                            .doc = "a class number whose labels do not count"}},
              .foreign_names = crossentropy_foreign_names(),
              .known_elsewhere_as = {"SparseCategoricalCrossentropy", "CrossEntropyLoss", "NLLLoss", "cross_entropy",
                                     "crossentropy", "sparse_categorical_cross_entropy"}},
    .values = values,
};

}  // namespace kdlc::catalogue
