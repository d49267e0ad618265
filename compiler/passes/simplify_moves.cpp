// Drops moves that move nothing, and joins two moves that are one.
//
//   %1 = reshape (%0) : [N, 6]
//   %2 = reshape (%1) : [N, 2, 3]    →   %1 = reshape (%0) : [N, 2, 3]
//   %3 = slice [0+N, 0+2, 0+3] (%2)      (%2 and %3 are %1)
#include <algorithm>

#include "passes/pass_list.hpp"
#include "passes/rewrite.hpp"

namespace kdlc::passes {

using namespace graph;

namespace {

bool is_zero(const std::vector<std::int64_t>& widths) {
  return std::all_of(widths.begin(), widths.end(), [](std::int64_t width) { return width == 0; });
}

bool is_in_order(const std::vector<std::uint32_t>& permutation) {
  return std::is_sorted(permutation.begin(), permutation.end());
}

bool takes_everything(const SliceAttributes& slice) {
  return std::all_of(slice.step.begin(), slice.step.end(), [](std::int64_t step) { return step == 1; }) &&
         std::all_of(slice.begin.begin(), slice.begin.end(), [](const Dim& begin) { return begin == Dim(0); });
}

/// Whether the node gives its first operand unchanged.
bool changes_nothing(const Node& node, const TensorType& operand) {
  if (node.inputs.size() != 1 || !(node.type == operand)) {
    return false;
  }
  switch (node.op) {
    case Op::reshape:
    case Op::concat:
      return true;
    case Op::map:
      return attributes<MapAttributes>(node).expression.is_identity();
    case Op::transpose:
      return is_in_order(attributes<TransposeAttributes>(node).permutation);
    case Op::slice:
      return takes_everything(attributes<SliceAttributes>(node));
    case Op::pad:
      return is_zero(attributes<PadAttributes>(node).low) && is_zero(attributes<PadAttributes>(node).high);
    case Op::input:
    case Op::parameter:
    case Op::constant:
    case Op::contraction:
    case Op::window_reduce:
    case Op::reduce:
    case Op::rows:
    case Op::gather:
    case Op::state:
    case Op::scan_slice:
    case Op::scan_state:
    case Op::scan:
    case Op::scan_result:
      return false;
  }
  KDLC_UNREACHABLE("every primitive is considered");
}

/// Whether axes longer than 1 keep their order, so that the elements do too.
bool only_moves_axes_of_one(const TransposeAttributes& transpose, const Shape& from) {
  std::vector<std::uint32_t> longer;
  for (const std::uint32_t axis : transpose.permutation) {
    if (!(from.axes[axis] == Dim(1))) {
      longer.push_back(axis);
    }
  }
  return is_in_order(longer);
}

/// The operands with those that are themselves joined along the same axis replaced by their parts.
std::vector<NodeId> flatten_concat(Rewrite& rewrite, const Node& old) {
  std::vector<NodeId> parts;
  for (const NodeId old_input : old.inputs) {
    const NodeId input = rewrite.now(old_input);
    const Node& node = rewrite.node(input);
    if (node.op == Op::concat && attributes<ConcatAttributes>(node) == attributes<ConcatAttributes>(old) &&
        rewrite.use_count(old_input) == 1) {
      parts.insert(parts.end(), node.inputs.begin(), node.inputs.end());
      rewrite.absorb(input);
    } else {
      parts.push_back(input);
    }
  }
  return parts;
}

NodeId simplify(Rewrite& rewrite, NodeId id) {
  const Node& old = rewrite.old_node(id);
  if (old.inputs.empty()) {
    return rewrite.copy(id);
  }
  const NodeId input = rewrite.now(old.inputs[0]);
  const Node& operand = rewrite.node(input);
  if (changes_nothing(old, operand.type)) {
    return input;
  }
  if (old.op == Op::reshape && operand.op == Op::reshape) {
    return rewrite.builder().reshape(operand.inputs[0], old.type.shape);
  }
  if (old.op == Op::transpose) {
    const auto& transpose = attributes<TransposeAttributes>(old);
    if (operand.op == Op::transpose) {
      std::vector<std::uint32_t> permutation;
      for (const std::uint32_t axis : transpose.permutation) {
        permutation.push_back(attributes<TransposeAttributes>(operand).permutation[axis]);
      }
      const NodeId source = operand.inputs[0];
      return is_in_order(permutation) ? source : rewrite.builder().transpose(source, permutation);
    }
    if (only_moves_axes_of_one(transpose, operand.type.shape)) {
      const NodeId source = operand.op == Op::reshape ? operand.inputs[0] : input;
      return rewrite.builder().reshape(source, old.type.shape);
    }
  }
  if (old.op == Op::concat) {
    return rewrite.add({.op = Op::concat,
                        .inputs = flatten_concat(rewrite, old),
                        .attributes = old.attributes,
                        .type = old.type,
                        .records = old.records});
  }
  return rewrite.copy(id);
}

}  // namespace

Graph simplify_moves(Graph graph) {
  return Rewrite(std::move(graph)).run(simplify);
}

}  // namespace kdlc::passes
