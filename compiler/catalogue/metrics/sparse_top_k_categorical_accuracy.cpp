// sparse_top_k_categorical_accuracy: how often the right class is among the k largest outputs, for class numbers.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;
using graph::Reducer;

/// True where fewer than k outputs are larger than that of the label.
NodeId values(Lowering& lowering) {
  graph::Builder& builder = lowering.builder;
  const DType dtype = lowering.application.type().dtype;
  const auto last = static_cast<std::uint32_t>(lowering.application.type().shape.axis_count() - 1);
  const NodeId label = one_hot(builder, class_numbers(lowering), class_count(lowering.application), dtype);
  const NodeId own_terms = map_two(builder, label, lowering.inputs[0], [](MapBuilder& map, auto t, auto p) {
    return map.select(map.apply(MapOp::equal, t, map.constant(0, map.dtype(p))), map.constant(0, map.dtype(p)), p);
  });
  const NodeId own = builder.reduce(Reducer::sum, own_terms, {last}, true);
  const NodeId larger = map_two(builder, lowering.inputs[0], own, [&](MapBuilder& map, auto p, auto right) {
    return map.cast(map.apply(MapOp::greater, p, right), dtype);
  });
  const auto k = static_cast<double>(lowering.application.integer("k"));
  return map_one(builder, builder.reduce(Reducer::sum, larger, {last}, false), [&](MapBuilder& map, auto count) {
    return map.cast(map.apply(MapOp::less, count, map.constant(k, dtype)), dtype);
  });
}

}  // namespace

extern const Metric metric_sparse_top_k_categorical_accuracy = {
    .score = {.name = "sparse_top_k_categorical_accuracy",
              .summary = "the share of samples whose class is among the k largest outputs, for class numbers",
              .rules = {.output = OutputKind::class_scores, .labels = LabelKind::class_numbers, .least_axes = 1},
              .settings = {{.name = "k",
                            .kind = SettingKind::integer,
                            .default_value = integer_value(5),
                            .range = size_range(),
                            .doc = "how many of the largest outputs may be right"}},
              .known_elsewhere_as = {"SparseTopKCategoricalAccuracy"}},
    .values = values,
};

}  // namespace kdlc::catalogue
