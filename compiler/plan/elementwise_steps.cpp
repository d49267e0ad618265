// Steps that move or map elements: maps, copies, borders.
#include <numeric>

#include "plan/step_context.hpp"

namespace kdlc::plan {
namespace {

using graph::Node;
using graph::NodeId;

/// A tensor of an elementwise step with its strides over the step's unmerged axes.
struct Operand {
  Access access;
  Strides strides;
};

std::vector<Dim> sizes_of(const StepContext& context, const Shape& shape) {
  std::vector<Dim> sizes;
  for (const Dim& axis : shape.axes) {
    sizes.push_back(context.size(axis));
  }
  return sizes;
}

MapStep make_map_step(const std::vector<Dim>& sizes, graph::MapExpression expression,
                      const std::vector<Operand>& inputs, const Operand& output) {
  AxisGroup group{sizes, {output.strides}};
  for (const Operand& input : inputs) {
    group.strides.push_back(input.strides);
  }
  group = with_one_axis(merge_axes(group));
  MapStep step{.axes = group.sizes, .expression = std::move(expression), .inputs = {}, .output = output.access};
  step.output.strides = group.strides.front();
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    step.inputs.push_back(inputs[index].access);
    step.inputs.back().strides = group.strides[index + 1];
  }
  return step;
}

graph::MapExpression constant_expression(double value, DType dtype) {
  graph::MapBuilder builder;
  return builder.finish(builder.constant(value, dtype));
}

/// The place of the operand inside a bigger value: the bigger one's, moved by `start` along each axis.
Placement moved(Placement place, const std::vector<Dim>& start) {
  for (std::size_t axis = 0; axis < start.size(); ++axis) {
    place.offset = place.offset + start[axis] * place.strides[axis];
  }
  return place;
}

}  // namespace

Step build_map(StepContext& context, NodeId id) {
  const Node node = context.node(id);
  const Shape& shape = node.type.shape;
  std::vector<Operand> inputs;
  for (const NodeId input : node.inputs) {
    const Placement place = context.place(input);
    const TensorType& type = context.node(input).type;
    inputs.push_back({access_of(place, type.dtype), broadcast_strides(place, type.shape, shape)});
  }
  const Placement place = context.place(id);
  const Operand output{access_of(place, node.type.dtype), place.strides};
  return {.kernel = make_map_step(sizes_of(context, shape), graph::attributes<graph::MapAttributes>(node).expression,
                                  inputs, output),
          .records = node.records,
          .name = context.name_of(id)};
}

Step build_copy(StepContext& context, NodeId from, const Placement& to, const Shape& shape, DType dtype,
                const std::string& name) {
  const Placement source = context.place(from);
  const Operand input{access_of(source, dtype), broadcast_strides(source, context.node(from).type.shape, shape)};
  const Operand output{access_of(to, dtype), to.strides};
  return {.kernel = make_map_step(sizes_of(context, shape), {}, {input}, output),
          .records = context.node(from).records,
          .name = name};
}

Step build_place_copy(const StepContext& context, const Placement& from, const Placement& to, const TensorType& type,
                      const std::string& name) {
  const Operand input{access_of(from, type.dtype), from.strides};
  const Operand output{access_of(to, type.dtype), to.strides};
  return {.kernel = make_map_step(sizes_of(context, type.shape), {}, {input}, output), .name = name};
}

Step build_transpose(StepContext& context, NodeId id) {
  const Node node = context.node(id);
  const auto& permutation = graph::attributes<graph::TransposeAttributes>(node).permutation;
  const Placement source = context.place(node.inputs.front());
  const Placement place = context.place(id);
  const std::vector<std::size_t> axes(permutation.begin(), permutation.end());
  const Operand input{access_of(source, node.type.dtype), select(source.strides, axes)};
  const Operand output{access_of(place, node.type.dtype), place.strides};
  return {.kernel = make_map_step(sizes_of(context, node.type.shape), {}, {input}, output),
          .records = node.records,
          .name = context.name_of(id)};
}

Step build_view_copy(StepContext& context, NodeId id) {
  const Node node = context.node(id);
  const NodeId operand = node.inputs.front();
  const Placement source = context.place(operand);
  const Placement place = context.place(id);
  Operand input{access_of(source, node.type.dtype), source.strides};
  Operand output{access_of(place, node.type.dtype), place.strides};
  Shape shape = node.type.shape;
  if (node.op == graph::Op::scan_slice) {
    const auto& slice = graph::attributes<graph::ScanSliceAttributes>(node);
    const Dim steps = context.node(operand).type.shape.axes[slice.axis];
    const Placement step = step_placement(source, slice.axis, slice.from_end, slice.scan, steps);
    input = {access_of(step, node.type.dtype), step.strides};
  } else if (node.op == graph::Op::slice) {
    const auto& slice = graph::attributes<graph::SliceAttributes>(node);
    Placement start = source;
    for (std::size_t axis = 0; axis < source.strides.size(); ++axis) {
      start.offset = start.offset + slice.begin[axis] * source.strides[axis];
      input.strides[axis] = source.strides[axis] * slice.step[axis];
    }
    input.access = access_of(start, node.type.dtype);
  } else {
    // The destination is dense (see Placer::request), so it can be seen under the operand's shape.
    shape = context.node(operand).type.shape;
    output.strides = dense_strides(shape);
    if (shape.has_batch()) {
      output.strides.front() = place.strides.front();
    }
  }
  return {.kernel = make_map_step(sizes_of(context, shape), {}, {input}, output),
          .records = node.records,
          .name = context.name_of(id)};
}

std::vector<Step> build_pad(StepContext& context, NodeId id) {
  const Node node = context.node(id);
  const auto& pad = graph::attributes<graph::PadAttributes>(node);
  const Placement place = context.place(id);
  const Shape& shape = node.type.shape;
  const Shape inner = context.node(node.inputs.front()).type.shape;
  std::vector<Step> steps;
  const Placement interior = moved(place, std::vector<Dim>(pad.low.begin(), pad.low.end()));
  const Placement source = context.place(node.inputs.front());
  if (!same_place(source, interior)) {
    steps.push_back(build_copy(context, node.inputs.front(), interior, inner, node.type.dtype, context.name_of(id)));
  }
  // Border of axis a: the interior of the axes before it, its own low or high cells, all of the axes behind it.
  for (std::size_t axis = 0; axis < shape.axes.size(); ++axis) {
    for (const bool is_high : {false, true}) {
      const std::int64_t cells = is_high ? pad.high[axis] : pad.low[axis];
      if (cells == 0) {
        continue;
      }
      std::vector<Dim> sizes;
      std::vector<Dim> start(shape.axes.size());
      for (std::size_t other = 0; other < shape.axes.size(); ++other) {
        sizes.push_back(context.size(other < axis ? inner.axes[other] : shape.axes[other]));
        start[other] = other < axis ? Dim(pad.low[other]) : Dim(0);
      }
      sizes[axis] = cells;
      start[axis] = is_high ? inner.axes[axis] + pad.low[axis] : Dim(0);
      const Placement corner = moved(place, start);
      steps.push_back({.kernel = make_map_step(sizes, constant_expression(pad.value, node.type.dtype), {},
                                               {access_of(corner, node.type.dtype), corner.strides}),
                       .records = node.records,
                       .name = "border of " + context.name_of(id)});
    }
  }
  return steps;
}

std::vector<Step> build_concat(StepContext& context, NodeId id) {
  const Node node = context.node(id);
  const std::uint32_t axis = graph::attributes<graph::ConcatAttributes>(node).axis;
  const Placement place = context.place(id);
  std::vector<Step> steps;
  std::vector<Dim> start(node.type.shape.axes.size());
  for (const NodeId operand : node.inputs) {
    const Shape shape = context.node(operand).type.shape;
    const Placement part = moved(place, start);
    if (!same_place(context.place(operand), part)) {
      steps.push_back(build_copy(context, operand, part, shape, node.type.dtype, context.name_of(id)));
    }
    start[axis] = start[axis] + shape.axes[axis];
  }
  return steps;
}

}  // namespace kdlc::plan
