// Questions about a whole graph: what is prepared, what belongs to which loop, what is used how often.
#include <algorithm>

#include "graph/graph.hpp"

namespace kdlc::graph {

namespace {

/// What changes from call to call by itself, and loops.
bool runs_always(Op op) {
  return op == Op::input || op == Op::state || op == Op::scan_slice || op == Op::scan_state || op == Op::scan ||
         op == Op::scan_result;
}

/// The loop of a node, when those of all nodes before it are known.
ScanId loop_of(const Node& node, const IdVector<NodeId, ScanId>& earlier) {
  if (node.op == Op::scan_slice) {
    return attributes<ScanSliceAttributes>(node).scan;
  }
  if (node.op == Op::scan_state) {
    return attributes<ScanStateAttributes>(node).scan;
  }
  if (node.op == Op::scan) {
    return {};
  }
  const auto inside =
      std::find_if(node.inputs.begin(), node.inputs.end(), [&](NodeId input) { return earlier[input].has_value(); });
  return inside == node.inputs.end() ? ScanId{} : earlier[*inside];
}

}  // namespace

bool is_prepared(const Node& node, const IdVector<NodeId, bool>& earlier) {
  const auto is_known = [](const Dim& size) { return size.is_constant(); };
  const auto& axes = node.type.shape.axes;
  const auto* slice = std::get_if<SliceAttributes>(&node.attributes);
  return !runs_always(node.op) && std::all_of(axes.begin(), axes.end(), is_known) &&
         (slice == nullptr || std::all_of(slice->begin.begin(), slice->begin.end(), is_known)) &&
         std::all_of(node.inputs.begin(), node.inputs.end(), [&](NodeId input) { return earlier[input]; });
}

bool holds(const SizeRule& rule, const std::map<std::string, std::int64_t>& sizes) {
  return std::any_of(rule.not_negative.begin(), rule.not_negative.end(),
                     [&](const Dim& dim) { return dim.evaluate(sizes).value_or(-1) >= 0; });
}

IdVector<NodeId, bool> find_prepared(const Graph& graph) {
  IdVector<NodeId, bool> result;
  for (const Node& node : graph.nodes) {
    result.push_back(is_prepared(node, result));
  }
  return result;
}

IdVector<NodeId, ScanId> find_loops(const Graph& graph) {
  IdVector<NodeId, ScanId> result;
  result.reserve(graph.nodes.size());
  for (const Node& node : graph.nodes) {
    result.push_back(loop_of(node, result));
  }
  return result;
}

IdVector<NodeId, std::uint32_t> count_uses(const Graph& graph) {
  IdVector<NodeId, std::uint32_t> result;
  result.resize(graph.nodes.size(), 0);
  for (const Node& node : graph.nodes) {
    for (const NodeId input : node.inputs) {
      ++result[input];
    }
  }
  for (const OutputInfo& output : graph.outputs) {
    ++result[output.node];
  }
  for (const StateInfo& state : graph.states) {
    ++result[state.next];
  }
  return result;
}

std::span<const OutputInfo> declared_outputs(const Graph& graph) {
  const auto first_tap =
      std::find_if(graph.outputs.begin(), graph.outputs.end(), [](const OutputInfo& output) { return output.is_tap; });
  return {graph.outputs.begin(), first_tap};
}

std::span<const OutputInfo> tapped_outputs(const Graph& graph) {
  return std::span(graph.outputs).subspan(declared_outputs(graph).size());
}

namespace {

/// Whether every number of one integer type is one of the other.
bool holds(DType wide, DType narrow) {
  if (wide == narrow) {
    return true;
  }
  const bool is_signed_enough = wide != DType::u8 && is_integer(wide) && is_integer(narrow);
  return is_signed_enough && size_bytes(wide) > size_bytes(narrow);
}

}  // namespace

bool keeps_whole_numbers(const Graph& graph, const Node& node) {
  if (node.op != Op::map || node.inputs.size() != 1) {
    return false;
  }
  const MapExpression& expression = attributes<MapAttributes>(node).expression;
  if (expression.is_identity()) {
    return true;
  }
  const bool is_cast = expression.terms.size() == 2 && expression.terms[1].op == MapOp::cast;
  return is_cast && holds(node.type.dtype, graph.node(node.inputs[0]).type.dtype);
}

NodeId moved_from(const Graph& graph, NodeId value) {
  while (true) {
    const Node& node = graph.node(value);
    const bool only_moves =
        node.op == Op::reshape || node.op == Op::transpose || node.op == Op::slice || keeps_whole_numbers(graph, node);
    if (!only_moves) {
      return value;
    }
    value = node.inputs[0];
  }
}

}  // namespace kdlc::graph
