// Loops over steps: which nodes a turn computes, and where the states may be overwritten.
#pragma once

#include <map>
#include <vector>

#include "graph/graph.hpp"

namespace kdlc::plan {

/// The nodes that one turn of the loop computes, in order.
std::vector<graph::NodeId> nodes_of_turn(const graph::Graph& graph, const IdVector<graph::NodeId, graph::ScanId>& loops,
                                         graph::ScanId scan);

/// How many turns each loop has.
std::map<graph::ScanId, Dim> turns_of_loops(const graph::Graph& graph);

/// Whether `next` may be written over `state`: it is computed element by element or all at once in this loop, and what
/// else reads the state has run before.
bool can_update_in_place(const graph::Graph& graph, const IdVector<graph::NodeId, graph::ScanId>& loops,
                         graph::NodeId state, graph::NodeId next);

}  // namespace kdlc::plan
