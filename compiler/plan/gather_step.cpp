// The step of a gather: every axis of the result moves in the table or in the ids.
#include <algorithm>

#include "plan/input_checks.hpp"
#include "plan/step_context.hpp"

namespace kdlc::plan {
namespace {

/// The strides of the two operands over the axes of the result, in order.
struct OperandStrides {
  Strides table;
  Strides ids;

  void add(const Dim& in_table, const Dim& in_ids) {
    table.push_back(in_table);
    ids.push_back(in_ids);
  }
};

}  // namespace

Step build_gather(StepContext& context, graph::NodeId id) {
  const graph::Node node = context.node(id);
  const std::size_t looked_up = graph::attributes<graph::GatherAttributes>(node).axis;
  const TensorType& table_type = context.node(node.inputs[0]).type;
  const TensorType& ids_type = context.node(node.inputs[1]).type;
  const Placement table = context.place(node.inputs[0]);
  const Placement ids = context.place(node.inputs[1]);
  const Placement place = context.place(id);

  OperandStrides strides;
  const std::size_t table_first = table_type.shape.has_batch() ? 1 : 0;
  const std::size_t ids_first = ids_type.shape.has_batch() ? 1 : 0;
  if (node.type.shape.has_batch()) {
    strides.add(table_first == 1 ? table.strides[0] : Dim(0), ids_first == 1 ? ids.strides[0] : Dim(0));
  }
  for (std::size_t axis = table_first; axis < looked_up; ++axis) {
    strides.add(table.strides[axis], 0);
  }
  for (std::size_t axis = ids_first; axis < ids.strides.size(); ++axis) {
    strides.add(0, ids.strides[axis]);
  }
  for (std::size_t axis = looked_up + 1; axis < table.strides.size(); ++axis) {
    strides.add(table.strides[axis], 0);
  }

  AxisGroup group{.sizes = {}, .strides = {strides.table, strides.ids, place.strides}};
  for (const Dim& axis : node.type.shape.axes) {
    group.sizes.push_back(context.size(axis));
  }
  group = with_one_axis(merge_axes(group));
  GatherStep step{.axes = group.sizes,
                  .table = access_of(table, table_type.dtype),
                  .ids = access_of(ids, ids_type.dtype),
                  .output = access_of(place, node.type.dtype),
                  .size = table_type.shape.axes[looked_up],
                  .checks_ids = !ids_are_checked_before(context.graph, node)};
  step.table.strides = group.strides[0];
  step.table.strides.push_back(table.strides[looked_up]);
  step.ids.strides = group.strides[1];
  step.output.strides = group.strides[2];
  return {.kernel = std::move(step), .records = node.records, .name = context.name_of(id)};
}

namespace {

bool any_checks_ids(const std::vector<Step>& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    const auto* gather = std::get_if<GatherStep>(&step.kernel);
    const auto* loop = std::get_if<LoopStep>(&step.kernel);
    return (gather != nullptr && gather->checks_ids) || (loop != nullptr && any_checks_ids(loop->steps));
  });
}

}  // namespace

bool Body::checks_ids() const {
  return any_checks_ids(steps);
}

}  // namespace kdlc::plan
