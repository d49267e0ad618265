// Finds dense layers whose rows a PyTorch file has in another order, because PyTorch flattens channels first.
#include "weights/flatten_order.hpp"

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"

namespace kdlc::weights {
namespace {

/// The node that `node` only renames or maps element by element: activations stand between a flatten and its dense
/// layer.
std::optional<graph::NodeId> elementwise_source(const graph::Graph& graph, const graph::Node& node) {
  if (node.op != graph::Op::map) {
    return std::nullopt;
  }
  for (const graph::NodeId input : node.inputs) {
    if (graph.node(input).type.shape == node.type.shape) {
      return input;
    }
  }
  return std::nullopt;
}

/// The shape of what is flattened into `node`, when the order of its axes counts.
std::optional<Shape> flattened_shape(const graph::Graph& graph, graph::NodeId node) {
  while (const std::optional<graph::NodeId> source = elementwise_source(graph, graph.node(node))) {
    node = *source;
  }
  if (graph.node(node).op != graph::Op::reshape) {
    return std::nullopt;
  }
  graph::NodeId operand = graph.node(node).inputs.front();
  const Shape shape = graph.node(operand).type.shape;
  while (const std::optional<graph::NodeId> source = elementwise_source(graph, graph.node(operand))) {
    operand = *source;
  }
  if (graph.node(operand).op == graph::Op::transpose || !shape.has_batch() || shape.axis_count() < 3 ||
      !shape.is_static_per_sample() || graph.node(node).type.shape.axis_count() != 2) {
    return std::nullopt;
  }
  const std::int64_t channels = shape.axes.back().constant();
  const bool is_image = channels > 1 && shape.elements_per_sample() > channels;
  return is_image ? std::optional(shape) : std::nullopt;
}

/// `[0, 3, 1, 2]` for four axes.
std::string channels_first(std::size_t axis_count) {
  std::string text = fmt::format("[0, {}", axis_count - 1);
  for (std::size_t axis = 1; axis + 1 < axis_count; ++axis) {
    text += fmt::format(", {}", axis);
  }
  return text + "]";
}

}  // namespace

void report_flatten_order(const graph::Graph& graph, Report& report) {
  for (const graph::ParameterInfo& parameter : graph.parameters) {
    for (const graph::Node& node : graph.nodes) {
      if (node.op != graph::Op::contraction || node.inputs[1] != parameter.node) {
        continue;
      }
      if (const std::optional<Shape> shape = flattened_shape(graph, node.inputs[0])) {
        report.add(parameter.span, diag::FlattenOrder, parameter.path, shape->to_short_text())
            .help(fmt::format("write `-> transpose(axes: {}) -> flatten`", channels_first(shape->axis_count())));
        break;
      }
    }
  }
}

}  // namespace kdlc::weights
