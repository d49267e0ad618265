// How much arithmetic a graph is.
#include "report/count_operations.hpp"

#include <utility>

namespace kdlc::report {

std::map<std::string, std::int64_t> largest_sizes(const graph::Graph& graph) {
  std::map<std::string, std::int64_t> sizes = {{Dim::batch().to_text(), 1}};
  for (const graph::DimInfo& dim : graph.dims) {
    if (dim.bound.has_value()) {
      sizes[dim.name] = *dim.bound;
    }
  }
  return sizes;
}

std::int64_t multiply_adds(const graph::Graph& graph, graph::NodeId node_id,
                           const std::map<std::string, std::int64_t>& sizes) {
  const graph::Node& node = graph.node(node_id);
  if (node.op != graph::Op::contraction) {
    return 0;
  }
  const auto& contraction = graph::attributes<graph::ContractionAttributes>(node);
  std::int64_t count = element_count(node.type.shape, sizes);
  // What is summed: the axes of the operands that the result does not have, each once.
  std::string counted = contraction.output;
  for (const auto& [labels, operand] :
       {std::pair(contraction.right, node.inputs[1]), std::pair(contraction.left, node.inputs[0])}) {
    const Shape& shape = graph.node(operand).type.shape;
    for (std::size_t axis = 0; axis < labels.size(); ++axis) {
      if (counted.find(labels[axis]) == std::string::npos) {
        counted += labels[axis];
        count *= shape.axes[axis].evaluate(sizes).value_or(0);
      }
    }
  }
  // A transposed convolution meets a real cell of its input only every input_dilation-th time.
  for (const graph::ContractionWindow& window : contraction.windows) {
    count /= window.input_dilation;
  }
  return count;
}

std::int64_t element_count(const Shape& shape, const std::map<std::string, std::int64_t>& sizes) {
  return shape.element_count().evaluate(sizes).value_or(0);
}

}  // namespace kdlc::report
