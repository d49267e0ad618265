// A contraction node as a loop nest, and the packing of its right operand.
#include <algorithm>
#include <iterator>

#include "plan/arena.hpp"
#include "plan/choices.hpp"
#include "plan/contraction_blocks.hpp"
#include "plan/contraction_tensors.hpp"

namespace kdlc::plan {

using graph::Node;
using graph::NodeId;

namespace {

/// Strides of left, right, output and the epilogue operands over the axes of one role, merged where all agree.
AxisGroup role_group(const StepContext& context, const std::vector<RoleAxis>& axes, const ContractionTensors& tensors) {
  AxisGroup group;
  group.strides.resize(3 + tensors.operands.size());
  for (const RoleAxis& axis : axes) {
    group.sizes.push_back(context.size(axis.size));
    group.strides[0].push_back(stride_at(tensors.left, axis.left) * axis.left_factor);
    group.strides[1].push_back(stride_at(tensors.right, axis.right));
    group.strides[2].push_back(stride_at(tensors.output, axis.output));
    for (std::size_t index = 0; index < tensors.operands.size(); ++index) {
      group.strides[3 + index].push_back(stride_at(tensors.operands[index], axis.output));
    }
  }
  return merge_axes(group);
}

void move_last_axis(AxisGroup& from, AxisGroup& to) {
  to.sizes.insert(to.sizes.begin(), from.sizes.back());
  from.sizes.pop_back();
  for (std::size_t tensor = 0; tensor < from.strides.size(); ++tensor) {
    to.strides[tensor].insert(to.strides[tensor].begin(), from.strides[tensor].back());
    from.strides[tensor].pop_back();
  }
}

/// All four roles of a contraction as merged loop axes.
struct Nest {
  AxisGroup outer;
  AxisGroup rows;
  AxisGroup depth;
  AxisGroup columns;  // exactly one axis; further column axes stand behind `outer`
};

Nest make_nest(const StepContext& context, const ContractionRoles& roles, const ContractionTensors& tensors) {
  Nest nest{.outer = role_group(context, roles.outer, tensors),
            .rows = with_one_axis(role_group(context, roles.rows, tensors)),
            .depth = with_one_axis(role_group(context, roles.depth, tensors)),
            .columns = {}};
  AxisGroup columns = with_one_axis(role_group(context, roles.columns, tensors));
  nest.columns.strides.resize(columns.strides.size());
  move_last_axis(columns, nest.columns);
  for (std::size_t axis = 0; axis < columns.sizes.size(); ++axis) {
    nest.outer.sizes.push_back(columns.sizes[axis]);
    for (std::size_t tensor = 0; tensor < columns.strides.size(); ++tensor) {
      nest.outer.strides[tensor].push_back(columns.strides[tensor][axis]);
    }
  }
  return nest;
}

ContractionStep step_of(const Nest& nest, const ContractionTensors& tensors, const Node& node) {
  ContractionStep step;
  step.outer = nest.outer.sizes;
  step.rows = nest.rows.sizes;
  step.depth = nest.depth.sizes;
  step.columns = nest.columns.sizes.front();
  const auto over = [&](std::size_t tensor, std::initializer_list<const AxisGroup*> groups) {
    Strides strides;
    for (const AxisGroup* group : groups) {
      append(strides, group->strides[tensor]);
    }
    return strides;
  };
  step.left = tensors.left.access;
  step.left.strides = over(0, {&nest.outer, &nest.rows, &nest.depth});
  step.right = tensors.right.access;
  step.right.strides = over(1, {&nest.outer, &nest.depth, &nest.columns});
  step.right_is_packed = false;
  step.output = tensors.output.access;
  step.output.strides = over(2, {&nest.outer, &nest.rows, &nest.columns});
  for (std::size_t index = 0; index < tensors.operands.size(); ++index) {
    step.epilogue_operands.push_back(tensors.operands[index].access);
    step.epilogue_operands.back().strides = over(3 + index, {&nest.outer, &nest.rows, &nest.columns});
  }
  step.epilogue = graph::attributes<graph::ContractionAttributes>(node).epilogue;
  return step;
}

std::int64_t product(const std::vector<Dim>& sizes) {
  std::int64_t result = 1;
  for (const Dim& size : sizes) {
    result *= size.constant();
  }
  return result;
}

/// right → [outer][panel][depth][vectors × lanes]: transposed, padded with zero columns, cut into panels.
NodeId pack_right(StepContext& context, const Node& node, const ContractionRoles& roles, const Nest& nest,
                  std::int64_t width) {
  graph::Builder builder(context.graph);
  std::vector<std::uint32_t> permutation;
  for (const std::vector<RoleAxis>* axes : {&roles.outer, &roles.depth, &roles.columns}) {
    for (const RoleAxis& axis : *axes) {
      permutation.push_back(static_cast<std::uint32_t>(*axis.right));
    }
  }
  const std::int64_t outer_roles = [&] {
    std::int64_t result = 1;
    for (const RoleAxis& axis : roles.outer) {
      result *= axis.size.constant();
    }
    return result;
  }();
  const std::int64_t depth = product(nest.depth.sizes);
  const std::int64_t columns = nest.columns.sizes.front().constant();
  const std::int64_t column_groups = product(nest.outer.sizes) / outer_roles;
  NodeId value = builder.transpose(node.inputs[1], permutation);
  // Column axes that could not be merged stand in front of the depth, behind the batch axes.
  value = builder.reshape(value, {{outer_roles, depth, column_groups, columns}});
  value = builder.transpose(value, {0, 2, 1, 3});
  return in_panels(builder, value, {.count = outer_roles * column_groups, .depth = depth, .columns = columns}, width);
}

/// The packed operand's access: its strides over the outer axes, all of them one after the other.
void use_packed(StepContext& context, ContractionStep& step, const PackedOperand& packed) {
  const Placement place = context.place(packed.node);
  step.right = access_of(place, step.left.dtype);
  Strides strides(step.outer.size());
  std::int64_t stride = packed.outer_stride;
  for (std::size_t axis = step.outer.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= step.outer[axis].constant();
  }
  step.right.strides = std::move(strides);
  step.right_is_packed = true;
}

Step build_depthwise(StepContext& context, NodeId id, const Node& node, const ContractionRoles& roles) {
  const bool packs = context.prepared[node.inputs[1]];
  const RoleAxis& channels = roles.outer.front();
  NodeId right = node.inputs[1];
  if (packs) {
    const auto [entry, is_new] = context.packed.try_emplace(id);
    if (is_new) {
      graph::Builder builder(context.graph);
      std::vector<std::uint32_t> permutation;
      for (const RoleAxis& axis : roles.depth) {
        permutation.push_back(static_cast<std::uint32_t>(*axis.right));
      }
      for (const RoleAxis& axis : roles.columns) {
        permutation.push_back(static_cast<std::uint32_t>(*axis.right));
      }
      permutation.push_back(static_cast<std::uint32_t>(*channels.right));
      entry->second.node = builder.transpose(right, permutation);
    }
    right = entry->second.node;
  }
  ContractionTensors tensors = find_tensors(context, node, id);
  DepthwiseStep step;
  step.channels = channels.size.constant();
  AxisGroup positions = with_one_axis(role_group(context, roles.rows, tensors));
  step.positions = positions.sizes;
  step.left = tensors.left.access;
  step.left.strides = positions.strides[0];
  step.output = tensors.output.access;
  step.output.strides = positions.strides[2];
  step.output.strides.push_back(stride_at(tensors.output, channels.output));
  for (std::size_t index = 0; index < tensors.operands.size(); ++index) {
    step.epilogue_operands.push_back(tensors.operands[index].access);
    step.epilogue_operands.back().strides = positions.strides[3 + index];
    step.epilogue_operands.back().strides.push_back(stride_at(tensors.operands[index], channels.output));
  }
  std::int64_t right_stride = step.channels;
  Strides right_strides;
  const Placement right_place = context.place(right);
  for (std::size_t axis = roles.depth.size(); axis-- > 0;) {
    step.depth.insert(step.depth.begin(), roles.depth[axis].size.constant());
    right_strides.insert(right_strides.begin(),
                         packs ? Dim(right_stride) : right_place.strides[*roles.depth[axis].right]);
    right_stride *= roles.depth[axis].size.constant();
  }
  for (const RoleAxis& axis : roles.depth) {
    step.left.strides.push_back(stride_at(tensors.left, axis.left) * axis.left_factor);
  }
  step.left.strides.push_back(stride_at(tensors.left, channels.left));
  step.right = access_of(right_place, tensors.left.access.dtype);
  step.right.strides = std::move(right_strides);
  step.right.strides.push_back(packs ? Dim(1) : right_place.strides[*channels.right]);
  step.epilogue = graph::attributes<graph::ContractionAttributes>(node).epilogue;
  return {.kernel = std::move(step), .records = node.records, .name = context.name_of(id)};
}

}  // namespace

std::vector<Step> build_contraction(StepContext& context, NodeId id) {
  const Node node = context.node(id);
  const ContractionRoles roles = find_roles(context.graph, node);
  if (is_depthwise(context.graph, node, roles)) {
    return {build_depthwise(context, id, node, roles)};
  }
  const ContractionTensors tensors = find_tensors(context, node, id);
  const Nest nest = make_nest(context, roles, tensors);
  ContractionStep step = step_of(nest, tensors, node);
  const ContractionShape shape = shape_of(step, context.bounds, !context.options.strict);
  step.block = choose_contraction_block(context.options.machine, shape);
  std::optional<ContractionStep> other = with_weights_left(context, id, roles, step);
  const ContractionStep& direct = other ? *other : step;
  const double direct_cycles = contraction_cycles(context.options.machine, direct, context.bounds, true);
  std::vector<Step> winograd = build_winograd(context, id, roles, tensors, direct_cycles, step);
  if (!winograd.empty()) {
    return winograd;
  }
  if (other) {
    use_packed_left(context, id, roles, *other);
    PackedOperand& packed = context.packed.at(id);
    packed.choice = step.choice ? step.choice : packed.choice;
    other->choice = packed.choice;
    return {Step{.kernel = std::move(*other), .records = node.records, .name = context.name_of(id)}};
  }
  if (!context.prepared[node.inputs[1]]) {
    choose_block(context, step, nullptr);
  } else {
    const auto [entry, is_new] = context.packed.try_emplace(id);
    PackedOperand& packed = entry->second;
    step.choice = is_new ? step.choice : packed.choice;
    choose_block(context, step, is_new ? nullptr : &packed);
    if (is_new) {
      packed.choice = step.choice;
      packed.vectors = step.block.vectors;
      packed.lanes = step.block.lanes;
      packed.node = pack_right(context, node, roles, nest, panel_columns(step.block));
      packed.outer_stride = product(nest.depth.sizes) * round_up(step.columns.constant(), panel_columns(step.block));
    }
    use_packed(context, step, packed);
    choose_strassen_form(context, id, roles, step);
  }
  return {Step{.kernel = std::move(step), .records = node.records, .name = context.name_of(id)}};
}

}  // namespace kdlc::plan
