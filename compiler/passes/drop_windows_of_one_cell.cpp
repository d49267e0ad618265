// Makes a window of one cell that moves one step at a time what it is: an axis that left and output share.
//
//   %2 = contraction nhwc,pqcf->nhwf windows h:p, w:q (%0, %1)   with %1 : [1, 1, C, F]
//   →  %2 = reshape (%1) : [C, F]
//      %3 = contraction nhwc,cf->nhwf (%0, %2)
#include <algorithm>

#include "passes/pass_list.hpp"
#include "passes/rewrite.hpp"

namespace kdlc::passes {

using namespace graph;

namespace {

bool is_one_cell(const ContractionWindow& window, const std::string& labels, const Shape& right) {
  return right.axes[labels.find(window.window)] == Dim(1) && window.stride == 1 && window.input_dilation == 1 &&
         window.pad_low == 0 && window.pad_high == 0;
}

NodeId drop(Rewrite& rewrite, NodeId id) {
  const Node& old = rewrite.old_node(id);
  if (old.op != Op::contraction) {
    return rewrite.copy(id);
  }
  ContractionAttributes contraction = attributes<ContractionAttributes>(old);
  std::vector<NodeId> inputs = rewrite.now(old.inputs);
  Shape right = rewrite.node(inputs[1]).type.shape;
  std::vector<ContractionWindow> kept;
  for (const ContractionWindow& window : contraction.windows) {
    if (!is_one_cell(window, contraction.right, right)) {
      kept.push_back(window);
      continue;
    }
    const std::size_t axis = contraction.right.find(window.window);
    contraction.right.erase(axis, 1);
    right.axes.erase(right.axes.begin() + static_cast<std::ptrdiff_t>(axis));
  }
  if (kept.size() == contraction.windows.size()) {
    return rewrite.copy(id);
  }
  contraction.windows = std::move(kept);
  inputs[1] = rewrite.builder().reshape(inputs[1], right);
  return rewrite.add(
      {.op = Op::contraction, .inputs = std::move(inputs), .attributes = std::move(contraction), .type = old.type});
}

}  // namespace

Graph drop_windows_of_one_cell(Graph graph) {
  return Rewrite(std::move(graph)).run(drop);
}

}  // namespace kdlc::passes
