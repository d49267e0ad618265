// accuracy: how often the model is right, by the declared types.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

NodeId values(Lowering& lowering) {
  const Application& application = lowering.application;
  const bool is_sparse = has_class_numbers(application);
  const bool has_classes = application.type().shape.axis_count() > 1 && class_count(application) > 1;
  if (!is_sparse && !has_classes) {
    const double threshold = application.number("threshold");
    return score_map(lowering, [&](MapBuilder& map, auto p, auto t) {
      const DType dtype = map.dtype(p);
      const auto decided = map.cast(map.apply(MapOp::greater, p, map.constant(threshold, dtype)), dtype);
      return map.cast(map.apply(MapOp::equal, t, decided), dtype);
    });
  }
  const NodeId actual = is_sparse ? class_numbers(lowering) : place_of_largest(lowering.builder, lowering.inputs[1]);
  return map_two(lowering.builder, place_of_largest(lowering.builder, lowering.inputs[0]), actual,
                 [](MapBuilder& map, auto left, auto right) {
                   return map.cast(map.apply(MapOp::equal, left, right), DType::f32);
                 });
}

}  // namespace

extern const Metric metric_accuracy = {
    .score = {.name = "accuracy",
              .also = {"acc"},
              .summary = "class numbers: the share whose output is the largest; one-hot rows: the same; one output: "
                         "the share on the right side of the threshold",
              .rules = {.output = OutputKind::class_scores, .labels = LabelKind::any_classes},
              .settings = {{.name = "threshold",
                            .kind = SettingKind::number,
                            .default_value = number_value(0.5),
                            .range = {.minimum = 0, .maximum = 1, .minimum_excluded = true, .maximum_excluded = true},
                            .doc = "what an output must exceed to be a yes"}},
              .known_elsewhere_as = {"acc", "Accuracy", "MulticlassAccuracy"}},
    .values = values,
};

}  // namespace kdlc::catalogue
