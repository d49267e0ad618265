// Turns a computed right operand round, so that the columns of the result are neighbours in it.
//
//   %2 = contraction nthd,nshd->nhts (%0, %1)     scores of attention: s stands before d in the keys
//   →  %2 = transpose 0,2,3,1 (%1)
//      %3 = contraction nthd,nhds->nhts (%0, %2)
// A kernel loads neighbouring columns as one vector and would gather others for every block of rows. Weights are packed
// in any case.
#include <algorithm>

#include "passes/pass_list.hpp"
#include "passes/rewrite.hpp"

namespace kdlc::passes {

using namespace graph;

namespace {

/// With fewer rows than a block has, the copy takes longer than gathering.
constexpr std::int64_t kFewestRows = 8;

bool has(const std::string& labels, AxisLabel label) {
  return labels.find(label) != std::string::npos;
}

/// The rows of the result are its axes that come from the left operand alone.
bool has_many_rows(const ContractionAttributes& contraction, const Shape& result) {
  Dim rows = 1;
  for (std::size_t axis = 0; axis < contraction.output.size(); ++axis) {
    if (!has(contraction.right, contraction.output[axis])) {
      rows = rows * result.axes[axis];
    }
  }
  return !rows.is_constant() || rows.constant() >= kFewestRows;
}

/// The axes of the right operand: those of both operands and of the result, the summed ones, the columns.
std::vector<std::uint32_t> order_of_right(const ContractionAttributes& contraction) {
  const auto role = [&](std::uint32_t axis) {
    const AxisLabel label = contraction.right[axis];
    return !has(contraction.output, label) ? 1 : has(contraction.left, label) ? 0 : 2;
  };
  std::vector<std::uint32_t> order;
  for (std::uint32_t axis = 0; axis < contraction.right.size(); ++axis) {
    order.push_back(axis);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t one, std::uint32_t other) { return role(one) < role(other); });
  return order;
}

NodeId turn(Rewrite& rewrite, NodeId id) {
  const Node& old = rewrite.old_node(id);
  if (old.op != Op::contraction || rewrite.is_prepared(old.inputs[1]) || rewrite.is_prepared(old.inputs[0])) {
    return rewrite.copy(id);
  }
  ContractionAttributes contraction = attributes<ContractionAttributes>(old);
  if (contraction.right.empty()) {
    return rewrite.copy(id);
  }
  const AxisLabel last = contraction.right.back();
  const std::vector<std::uint32_t> order = order_of_right(contraction);
  const bool has_columns = !has(contraction.left, contraction.right[order.back()]);
  const bool ends_in_column = has(contraction.output, last) && !has(contraction.left, last);
  if (!contraction.windows.empty() || !has_columns || ends_in_column || !has_many_rows(contraction, old.type.shape)) {
    return rewrite.copy(id);
  }
  std::vector<NodeId> inputs = rewrite.now(old.inputs);
  inputs[1] = rewrite.builder().transpose(inputs[1], order);
  std::string right;
  for (const std::uint32_t axis : order) {
    right += contraction.right[axis];
  }
  contraction.right = std::move(right);
  return rewrite.add(
      {.op = Op::contraction, .inputs = std::move(inputs), .attributes = std::move(contraction), .type = old.type});
}

}  // namespace

Graph put_columns_last(Graph graph) {
  return Rewrite(std::move(graph)).run(turn);
}

}  // namespace kdlc::passes
