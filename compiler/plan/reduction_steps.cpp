// Steps that reduce: windows, whole axes, row programs.
#include <algorithm>

#include "plan/rows_together.hpp"
#include "plan/step_context.hpp"

namespace kdlc::plan {
namespace {

using graph::Node;
using graph::NodeId;

/// The operands of an epilogue (all inputs behind the first `skipped`) with their strides over the node's axes.
struct EpilogueOperand {
  Access access;
  Strides strides;
};
std::vector<EpilogueOperand> epilogue_operands(StepContext& context, const Node& node, std::size_t skipped) {
  std::vector<EpilogueOperand> operands;
  for (std::size_t index = skipped; index < node.inputs.size(); ++index) {
    const NodeId input = node.inputs[index];
    const Placement place = context.place(input);
    const TensorType type = context.node(input).type;
    operands.push_back({access_of(place, type.dtype), broadcast_strides(place, type.shape, node.type.shape)});
  }
  return operands;
}

std::vector<std::size_t> axis_range(std::size_t begin, std::size_t end) {
  std::vector<std::size_t> axes;
  for (std::size_t axis = begin; axis < end; ++axis) {
    axes.push_back(axis);
  }
  return axes;
}

AxisGroup group_over(const StepContext& context, const Shape& shape, const std::vector<std::size_t>& axes,
                     const std::vector<Strides>& strides) {
  AxisGroup group;
  for (const std::size_t axis : axes) {
    group.sizes.push_back(context.size(shape.axes[axis]));
  }
  for (const Strides& tensor : strides) {
    group.strides.push_back(select(tensor, axes));
  }
  return group;
}

}  // namespace

Step build_window(StepContext& context, NodeId id) {
  const Node node = context.node(id);
  const auto& attributes = graph::attributes<graph::WindowReduceAttributes>(node);
  const Shape input_shape = context.node(node.inputs.front()).type.shape;
  const Placement source = context.place(node.inputs.front());
  const Placement place = context.place(id);
  const std::size_t first = attributes.first_axis;
  const std::size_t channel_axis = first + attributes.windows.size();
  std::vector<EpilogueOperand> operands = epilogue_operands(context, node, 1);

  // Trailing axes are the channels; every tensor must walk them in one stride.
  std::vector<Strides> tensors = {source.strides, place.strides};
  for (const EpilogueOperand& operand : operands) {
    tensors.push_back(operand.strides);
  }
  const AxisGroup channels = with_one_axis(
      merge_axes(group_over(context, node.type.shape, axis_range(channel_axis, node.type.shape.axes.size()), tensors)));
  KDLC_ASSERT(channels.sizes.size() == 1, "the channels of a window reduction are one run");

  WindowStep step;
  step.reducer = attributes.reducer;
  step.channels = channels.sizes.front();
  Placement corner = source;
  Strides position_strides;
  Strides window_strides;
  for (std::size_t axis = 0; axis < channel_axis; ++axis) {
    step.positions.push_back(context.size(node.type.shape.axes[axis]));
    Dim stride = source.strides[axis];
    if (axis >= first) {
      const graph::WindowAxis& window = attributes.windows[axis - first];
      step.windows.push_back({static_cast<std::uint32_t>(axis), window.size, window.stride, window.dilation,
                              window.pad_low, input_shape.axes[axis]});
      window_strides.push_back(stride * window.dilation);
      corner.offset = corner.offset - stride * window.pad_low;
      stride = stride * window.stride;
    }
    position_strides.push_back(stride);
  }
  step.input = access_of(corner, context.node(node.inputs.front()).type.dtype);
  step.input.strides = position_strides;
  append(step.input.strides, window_strides);
  append(step.input.strides, channels.strides[0]);
  step.output = access_of(place, node.type.dtype);
  step.output.strides = select(place.strides, axis_range(0, channel_axis));
  append(step.output.strides, channels.strides[1]);
  for (std::size_t index = 0; index < operands.size(); ++index) {
    operands[index].access.strides = select(operands[index].strides, axis_range(0, channel_axis));
    append(operands[index].access.strides, channels.strides[index + 2]);
    step.epilogue_operands.push_back(operands[index].access);
  }
  step.epilogue = attributes.epilogue;
  return {.kernel = std::move(step), .records = node.records, .name = context.name_of(id)};
}

Step build_reduce(StepContext& context, NodeId id) {
  const Node node = context.node(id);
  const auto& attributes = graph::attributes<graph::ReduceAttributes>(node);
  const Shape input_shape = context.node(node.inputs.front()).type.shape;
  const Placement source = context.place(node.inputs.front());
  const Placement place = context.place(id);
  std::vector<std::size_t> kept_inputs;
  std::vector<std::size_t> kept_outputs;
  std::vector<std::size_t> reduced_inputs;
  for (std::size_t axis = 0, output_axis = 0; axis < input_shape.axes.size(); ++axis) {
    const bool is_reduced = std::find(attributes.axes.begin(), attributes.axes.end(), axis) != attributes.axes.end();
    if (is_reduced) {
      reduced_inputs.push_back(axis);
      output_axis += attributes.keep ? 1 : 0;
    } else {
      kept_inputs.push_back(axis);
      kept_outputs.push_back(output_axis++);
    }
  }
  AxisGroup kept;
  for (const std::size_t axis : kept_inputs) {
    kept.sizes.push_back(context.size(input_shape.axes[axis]));
  }
  kept.strides = {select(source.strides, kept_inputs), select(place.strides, kept_outputs)};
  std::vector<EpilogueOperand> operands = epilogue_operands(context, node, 1);
  for (const EpilogueOperand& operand : operands) {
    kept.strides.push_back(select(operand.strides, kept_outputs));
  }
  kept = with_one_axis(merge_axes(kept));
  const AxisGroup reduced =
      with_one_axis(merge_axes(group_over(context, input_shape, reduced_inputs, {source.strides})));

  ReduceStep step;
  step.reducer = attributes.reducer;
  step.kept = kept.sizes;
  step.reduced = reduced.sizes;
  step.input = access_of(source, context.node(node.inputs.front()).type.dtype);
  step.input.strides = kept.strides[0];
  append(step.input.strides, reduced.strides[0]);
  step.output = access_of(place, node.type.dtype);
  step.output.strides = kept.strides[1];
  for (std::size_t index = 0; index < operands.size(); ++index) {
    operands[index].access.strides = kept.strides[index + 2];
    step.epilogue_operands.push_back(operands[index].access);
  }
  step.epilogue = attributes.epilogue;
  return {.kernel = std::move(step), .records = node.records, .name = context.name_of(id)};
}

Step build_rows(StepContext& context, NodeId id) {
  const Node node = context.node(id);
  const Shape& shape = node.type.shape;
  const std::size_t last = shape.axes.size() - 1;
  const Placement place = context.place(id);
  const std::vector<EpilogueOperand> inputs = epilogue_operands(context, node, 0);
  std::vector<Strides> tensors = {place.strides};
  for (const EpilogueOperand& input : inputs) {
    tensors.push_back(input.strides);
  }
  const AxisGroup positions = with_one_axis(merge_axes(group_over(context, shape, axis_range(0, last), tensors)));

  RowsStep step;
  step.positions = positions.sizes;
  step.length = shape.axes[last];
  step.program = graph::attributes<graph::RowsAttributes>(node).steps;
  step.output = access_of(place, node.type.dtype);
  step.output.strides = positions.strides[0];
  step.output.strides.push_back(place.strides[last]);
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    step.inputs.push_back(inputs[index].access);
    step.inputs.back().strides = positions.strides[index + 1];
    step.inputs.back().strides.push_back(inputs[index].strides[last]);
  }
  const auto stored_rows = std::count_if(step.program.begin(), step.program.end(),
                                         [](const graph::RowsStep& row_step) { return !row_step.reducer; }) -
                           1;
  step.longest = context.most(step.length);
  // Eight bytes an element hold any type; rows are a multiple of a cache line so that each starts aligned.
  const std::int64_t together = std::min(kRowsTogether, context.most(step.positions.back()));
  const std::int64_t elements = together * std::max<std::int64_t>(stored_rows, 0) * ((step.longest + 15) / 16 * 16);
  step.scratch = {.memory = Memory::arena,
                  .index = context.add_scratch({.elements = elements, .has_batch = false, .dtype = DType::f64}),
                  .offset_bytes = 0,
                  .dtype = node.type.dtype,
                  .strides = {1}};
  return {.kernel = std::move(step), .records = node.records, .name = context.name_of(id)};
}

}  // namespace kdlc::plan
