// iou: the overlap of a yes-or-no mask with the right one.
#include "catalogue/confusion.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

std::vector<NodeId> contribute(Lowering& lowering) {
  graph::Builder& builder = lowering.builder;
  const DType dtype = lowering.application.type().dtype;
  const double threshold = lowering.application.number("threshold");
  const NodeId decided = map_one(builder, lowering.inputs[0], [&](MapBuilder& map, auto p) {
    return map.cast(map.apply(MapOp::greater_equal, p, map.constant(threshold, dtype)), DType::i32);
  });
  return {confusion_matrix(builder, builder.cast(lowering.inputs[1], DType::i32), decided, 2)};
}

}  // namespace

extern const Metric metric_iou = {
    .score = {.name = "iou",
              .also = {"binary_iou"},
              .summary = "the mean over no and yes of intersection / union",
              .rules = {.output = OutputKind::probability,
                        .labels = LabelKind::yes_no,
                        .label_range = {.minimum = 0, .maximum = 1}},
              .settings = {{.name = "threshold",
                            .kind = SettingKind::number,
                            .default_value = number_value(0.5),
                            .range = {.minimum = 0, .maximum = 1, .minimum_excluded = true, .maximum_excluded = true},
                            .doc = "what an output must exceed to be a yes"}},
              .known_elsewhere_as = {"BinaryIoU", "binary_io_u"}},
    .contribute = contribute,
    .finish = [](const Application& /*application*/,
                 const ScoreState& state) { return std::vector{mean_overlap(state[0], 2, {})}; },
};

}  // namespace kdlc::catalogue
