// Sums an axis that only one operand of a contraction has, and the output has not, before the contraction.
//
//   %2 = contraction nk,nj->nk (%0, %1)
//   →  %2 = reduce sum axes 1 (%1)
//      %3 = contraction nk,n->nk (%0, %2)
#include <algorithm>

#include "passes/pass_list.hpp"
#include "passes/rewrite.hpp"

namespace kdlc::passes {

using namespace graph;

namespace {

bool has(const std::string& labels, AxisLabel label) {
  return labels.find(label) != std::string::npos;
}

/// The axes of an operand that neither the other operand, nor the output, nor a window names.
std::vector<std::uint32_t> find_lonely_axes(const ContractionAttributes& contraction, const std::string& own,
                                            const std::string& other) {
  std::vector<std::uint32_t> axes;
  for (std::size_t axis = 0; axis < own.size(); ++axis) {
    const bool is_window = std::any_of(
        contraction.windows.begin(), contraction.windows.end(),
        [&](const ContractionWindow& window) { return window.window == own[axis] || window.output == own[axis]; });
    if (!is_window && !has(other, own[axis]) && !has(contraction.output, own[axis])) {
      axes.push_back(static_cast<std::uint32_t>(axis));
    }
  }
  return axes;
}

NodeId sum(Rewrite& rewrite, NodeId value, const std::vector<std::uint32_t>& axes, std::string& labels) {
  if (axes.empty()) {
    return value;
  }
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    labels.erase(*axis, 1);
  }
  return rewrite.builder().reduce(Reducer::sum, value, axes, false);
}

NodeId visit(Rewrite& rewrite, NodeId id) {
  const Node& old = rewrite.old_node(id);
  if (old.op != Op::contraction) {
    return rewrite.copy(id);
  }
  ContractionAttributes contraction = attributes<ContractionAttributes>(old);
  const std::vector<std::uint32_t> left = find_lonely_axes(contraction, contraction.left, contraction.right);
  const std::vector<std::uint32_t> right = find_lonely_axes(contraction, contraction.right, contraction.left);
  if (left.empty() && right.empty()) {
    return rewrite.copy(id);
  }
  std::vector<NodeId> inputs = rewrite.now(old.inputs);
  inputs[0] = sum(rewrite, inputs[0], left, contraction.left);
  inputs[1] = sum(rewrite, inputs[1], right, contraction.right);
  return rewrite.add(
      {.op = Op::contraction, .inputs = std::move(inputs), .attributes = std::move(contraction), .type = old.type});
}

}  // namespace

Graph sum_lonely_axes(Graph graph) {
  return Rewrite(std::move(graph)).run(visit);
}

}  // namespace kdlc::passes
