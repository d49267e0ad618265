// Computes a map before a reshape rather than behind it, so that it can join what made its operand.
//
//   %2 = reshape (%1) : [N, 4, 6]          with %1 = contraction … : [N, 4, 2, 3]
//   %3 = map maximum(a + b, 0) (%2, bias)
//   →  %2 = map maximum(a + b, 0) (%1, bias as [2, 3]) : [N, 4, 2, 3]
//      %3 = reshape (%2) : [N, 4, 6]
#include <algorithm>

#include "passes/pass_list.hpp"
#include "passes/rewrite.hpp"

namespace kdlc::passes {

using namespace graph;

namespace {

bool takes_maps(Op op) {
  return op == Op::contraction || op == Op::window_reduce || op == Op::reduce || op == Op::map;
}

/// Whether a map may join what made `value`: nothing else reads it (what this pass has moved is read once).
bool can_be_joined(const Rewrite& rewrite, NodeId value) {
  const NodeId origin = rewrite.origin(value);
  return takes_maps(rewrite.node(value).op) && (!origin.has_value() || rewrite.use_count(origin) == 1);
}

/// The operand of a map that is the reshape of such a value and read here only; none when there is none.
NodeId find_reshape(const Rewrite& rewrite, NodeId id) {
  const Node& map = rewrite.old_node(id);
  for (const NodeId input : map.inputs) {
    const Node& reshape = rewrite.node(rewrite.now(input));
    if (reshape.op == Op::reshape && rewrite.use_count(input) == 1 && !rewrite.is_prepared(input) &&
        rewrite.loop_of(input) == rewrite.loop_of(id) && reshape.type.shape == map.type.shape &&
        can_be_joined(rewrite, reshape.inputs[0])) {
      return input;
    }
  }
  return {};
}

/// The shape that an operand of the map takes where its result has shape `to` in place of `from`; nullopt when it has
/// none.
std::optional<Shape> reshaped_operand(const Shape& operand, const Shape& from, const Shape& to) {
  if (operand == from) {
    return to;
  }
  // Trailing axes in full, all others 1: a bias per channel. It becomes as many trailing axes of `to` as hold its
  // elements.
  std::size_t first = 0;
  while (first < operand.axis_count() && operand.axes[first] == Dim(1)) {
    ++first;
  }
  const std::size_t missing = from.axis_count() - operand.axis_count();
  for (std::size_t axis = first; axis < operand.axis_count(); ++axis) {
    if (!(operand.axes[axis] == from.axes[missing + axis])) {
      return std::nullopt;
    }
  }
  const Dim count = operand.element_count();
  Shape result;
  for (std::size_t axis = to.axis_count(); !(result.element_count() == count); --axis) {
    if (axis == (to.has_batch() ? 1U : 0U)) {
      return std::nullopt;
    }
    result.axes.insert(result.axes.begin(), to.axes[axis - 1]);
  }
  return result;
}

NodeId move(Rewrite& rewrite, NodeId id) {
  const Node& old = rewrite.old_node(id);
  const NodeId old_reshape = old.op == Op::map ? find_reshape(rewrite, id) : NodeId{};
  if (!old_reshape.has_value()) {
    return rewrite.copy(id);
  }
  const NodeId reshape = rewrite.now(old_reshape);
  const NodeId sum = rewrite.node(reshape).inputs[0];
  const Shape before = rewrite.node(sum).type.shape;
  std::vector<Shape> shapes;
  for (const NodeId input : old.inputs) {
    std::optional<Shape> shape = reshaped_operand(rewrite.node(rewrite.now(input)).type.shape, old.type.shape, before);
    if (!shape) {
      return rewrite.copy(id);
    }
    shapes.push_back(std::move(*shape));
  }
  std::vector<NodeId> inputs;
  for (std::size_t index = 0; index < old.inputs.size(); ++index) {
    const NodeId now = rewrite.now(old.inputs[index]);
    inputs.push_back(now == reshape ? sum : rewrite.builder().reshape(now, shapes[index]));
  }
  const NodeId map = rewrite.add({.op = Op::map,
                                  .inputs = std::move(inputs),
                                  .attributes = old.attributes,
                                  .type = {.dtype = old.type.dtype, .shape = before}});
  rewrite.absorb(reshape);
  return rewrite.builder().reshape(map, old.type.shape);
}

}  // namespace

Graph move_reshape_behind_map(Graph graph) {
  return Rewrite(std::move(graph)).run(move);
}

}  // namespace kdlc::passes
