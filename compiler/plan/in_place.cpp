// Who reads an operand, how, and when.
#include "plan/in_place.hpp"

#include <algorithm>

namespace kdlc::plan {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::Op;

/// Whether the node has read its operands, and holds no part of their memory, when its step is done.
bool is_one_step(Op op) {
  return op == Op::map || op == Op::contraction || op == Op::window_reduce || op == Op::reduce || op == Op::rows;
}

/// Whether the operand is there once, where it is read element by element.
bool reads_by_element(const Node& node, NodeId operand) {
  const auto first = node.op == Op::contraction ? node.inputs.begin() + 2 : node.inputs.begin();
  return (node.op == Op::map || node.op == Op::contraction) &&
         std::count(node.inputs.begin(), node.inputs.end(), operand) == 1 &&
         std::find(first, node.inputs.end(), operand) != node.inputs.end();
}

}  // namespace

bool may_overwrite(const Graph& graph, const IdVector<NodeId, graph::ScanId>& loops, NodeId id, NodeId operand) {
  const Node& overwritten = graph.node(operand);
  // Views have no memory of their own; a pad or a concat asks for places in its own.
  if (overwritten.op == Op::reshape || overwritten.op == Op::slice || overwritten.op == Op::scan_slice ||
      overwritten.op == Op::pad || overwritten.op == Op::concat || overwritten.type != graph.node(id).type ||
      loops[operand] != loops[id] || !reads_by_element(graph.node(id), operand)) {
    return false;
  }
  for (const NodeId reader : graph.nodes.ids()) {
    const Node& node = graph.node(reader);
    const bool reads = std::find(node.inputs.begin(), node.inputs.end(), operand) != node.inputs.end();
    if (reads && reader != id && (reader > id || loops[reader] != loops[id] || !is_one_step(node.op))) {
      return false;
    }
  }
  return true;
}

}  // namespace kdlc::plan
