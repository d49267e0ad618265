// Which nodes belong to a turn, and who reads a state when.
#include "plan/loops.hpp"

#include <algorithm>

namespace kdlc::plan {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::Op;

/// Nodes that see the memory of `value`: itself, and its views.
std::vector<NodeId> views_of(const Graph& graph, NodeId value) {
  std::vector<NodeId> views = {value};
  for (const NodeId id : graph.nodes.ids()) {
    const Node& node = graph.node(id);
    if ((node.op == Op::reshape || node.op == Op::slice) &&
        std::find(views.begin(), views.end(), node.inputs.front()) != views.end()) {
      views.push_back(id);
    }
  }
  return views;
}

/// A map reads the element that it overwrites, when it reads the state as it is.
bool reads_in_place(const Node& reader, const Node& state) {
  return reader.op == Op::map && reader.type == state.type;
}

bool is_one_step(Op op) {
  return op == Op::map || op == Op::contraction || op == Op::window_reduce || op == Op::reduce || op == Op::rows;
}

}  // namespace

std::vector<NodeId> nodes_of_turn(const Graph& graph, const IdVector<NodeId, graph::ScanId>& loops,
                                  graph::ScanId scan) {
  std::vector<NodeId> result;
  for (const NodeId id : loops.ids()) {
    if (loops[id] == scan && id.value < graph.nodes.size()) {
      result.push_back(id);
    }
  }
  return result;
}

std::map<graph::ScanId, Dim> turns_of_loops(const Graph& graph) {
  std::map<graph::ScanId, Dim> result;
  for (const Node& node : graph.nodes) {
    if (node.op == Op::scan) {
      const auto& scan = graph::attributes<graph::ScanAttributes>(node);
      result[scan.scan] = scan.steps;
    }
  }
  return result;
}

bool can_update_in_place(const Graph& graph, const IdVector<NodeId, graph::ScanId>& loops, NodeId state, NodeId next) {
  if (loops[next] != loops[state] || !is_one_step(graph.node(next).op)) {
    return false;
  }
  const std::vector<NodeId> views = views_of(graph, state);
  for (const NodeId id : graph.nodes.ids()) {
    const Node& reader = graph.node(id);
    if (reader.op == Op::scan) {
      // The end of the turn reads what is stacked or becomes a state; it only names its own states.
      const auto& scan = graph::attributes<graph::ScanAttributes>(reader);
      const auto first = reader.inputs.begin() + static_cast<std::ptrdiff_t>(scan.state_count);
      if (std::any_of(first, reader.inputs.end(),
                      [&](NodeId input) { return std::find(views.begin(), views.end(), input) != views.end(); })) {
        return false;
      }
      continue;
    }
    for (const NodeId input : reader.inputs) {
      const bool is_read = std::find(views.begin(), views.end(), input) != views.end();
      const bool is_elementwise = id == next && input == state && reads_in_place(reader, graph.node(state));
      if (is_read && id >= next && !is_elementwise) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace kdlc::plan
