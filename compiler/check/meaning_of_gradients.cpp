// Weights that training can never change: kernels of zeros behind one another.
//
// A weight moves when a gradient reaches it. At the start the gradient of a factor of a product is the other factor
// times the gradient behind; so weights of zeros are followed forward, gradients backward, and weights that move are no
// zeros any more, until nothing changes. Maps and other operations are taken to pass every gradient on.
#include <algorithm>

#include <fmt/format.h>

#include "check/meaning.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

using graph::NodeId;
using Flags = IdVector<NodeId, bool>;

/// Weights, by their index, that are zero: at the start, or for ever.
using ZeroWeights = std::set<std::uint32_t>;

bool starts_at_zero(const graph::ParameterInfo& parameter) {
  const graph::Initializer& initializer = parameter.initializer;
  return parameter.trainable &&
         (initializer.kind == "zeros" || (initializer.kind == "constant" && initializer.value == 0));
}

/// What a map gives where all of its operands are zero.
bool keeps_zero(const graph::MapExpression& expression, std::size_t operand_count) {
  return graph::evaluate_element(expression, std::vector<double>(operand_count, 0)) == 0;
}

bool gives_zero(const graph::Node& node, const Flags& zero, const ZeroWeights& weights) {
  const auto is_zero = [&](NodeId input) { return zero[input]; };
  switch (node.op) {
    case graph::Op::parameter:
      return weights.contains(graph::attributes<graph::ParameterAttributes>(node).index);
    case graph::Op::contraction:
      return zero[node.inputs[0]] || zero[node.inputs[1]];
    case graph::Op::map:
      return std::ranges::all_of(node.inputs, is_zero) &&
             keeps_zero(graph::attributes<graph::MapAttributes>(node).expression, node.inputs.size());
    case graph::Op::reduce:
    case graph::Op::window_reduce:
    case graph::Op::reshape:
    case graph::Op::transpose:
    case graph::Op::slice:
    case graph::Op::concat:
      return std::ranges::all_of(node.inputs, is_zero);
    case graph::Op::input:
    case graph::Op::constant:
    case graph::Op::rows:
    case graph::Op::pad:
    case graph::Op::gather:
    case graph::Op::state:
    case graph::Op::scan_slice:
    case graph::Op::scan_state:
    case graph::Op::scan:
    case graph::Op::scan_result:
      return false;
  }
  KDLC_UNREACHABLE("every operation is listed");
}

Flags find_zeros(const graph::Graph& graph, const ZeroWeights& weights) {
  Flags zero;
  for (std::uint32_t index = 0; index < graph.nodes.size(); ++index) {
    zero.push_back(gives_zero(graph.node(NodeId{index}), zero, weights));
  }
  return zero;
}

/// For each node, whether a gradient may reach it from an output, given which values are zero.
Flags find_gradients(const graph::Graph& graph, const Flags& zero) {
  Flags reached;
  for (std::uint32_t index = 0; index < graph.nodes.size(); ++index) {
    reached.push_back(false);
  }
  for (const graph::OutputInfo& output : graph.outputs) {
    reached[output.node] = true;
  }
  for (std::uint32_t index = static_cast<std::uint32_t>(graph.nodes.size()); index-- > 0;) {
    const NodeId id{index};
    const graph::Node& node = graph.node(id);
    if (!reached[id]) {
      continue;
    }
    for (std::size_t input = 0; input < node.inputs.size(); ++input) {
      const bool is_factor = node.op == graph::Op::contraction && input < 2;
      if (!is_factor || !zero[node.inputs[1 - input]]) {
        reached[node.inputs[input]] = true;
      }
    }
  }
  return reached;
}

/// The weights that are zero at the start and stay so, whatever the data.
ZeroWeights find_stuck(const graph::Graph& graph) {
  ZeroWeights weights;
  for (std::uint32_t index = 0; index < graph.parameters.size(); ++index) {
    if (starts_at_zero(graph.parameters[index])) {
      weights.insert(index);
    }
  }
  while (!weights.empty()) {
    const Flags reached = find_gradients(graph, find_zeros(graph, weights));
    const std::size_t moved =
        std::erase_if(weights, [&](std::uint32_t index) { return reached[graph.parameters[index].node]; });
    if (moved == 0) {
      break;
    }
  }
  return weights;
}

void warn_of_zero_kernels(const graph::Graph& graph, Report& report) {
  std::vector<const graph::ParameterInfo*> kernels;
  for (const std::uint32_t index : find_stuck(graph)) {
    if (graph.parameters[index].type.shape.axis_count() >= 2) {
      kernels.push_back(&graph.parameters[index]);
    }
  }
  if (kernels.size() >= 2) {
    const graph::ParameterInfo& first = *kernels[0];
    const graph::ParameterInfo& second = *kernels[1];
    report.add(second.span, diag::ZeroKernels, first.path, second.path)
        .label(first.span, "starts at zero too")
        .help("leave `init` out of one of them: `glorot_uniform` is the default");
  }
}

}  // namespace

void warn_of_gradients(const graph::Graph& graph, Report& report) {
  const auto has_node = [](const graph::OutputInfo& output) { return output.node.has_value(); };
  if (!std::ranges::all_of(graph.outputs, has_node)) {
    return;  // a layer on the way has no code yet, so its graph is not known
  }
  warn_of_zero_kernels(graph, report);
}

}  // namespace kdlc::check
