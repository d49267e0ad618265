// A random loop over the steps of a value: for random graphs.
#pragma once

#include <functional>

#include "graph/graph.hpp"
#include "support/random_graph.hpp"

namespace kdlc::testing {

/// What a loop takes from the graph around it.
struct LoopSite {
  graph::Builder& builder;
  Random& random;
  std::int64_t channels = 1;  // of its state
  std::function<graph::NodeId(std::vector<Dim> shape, double limit)> weight;
  /// Further pieces on values of one turn; gives the last one.
  std::function<graph::NodeId(std::vector<graph::NodeId> values)> grow;
};

/// A simple recurrent layer over axis 1 of `x`, from either end, with pieces behind its state in every turn, now and
/// then a second state that holds the state before. Gives a last state or the stacked values.
graph::NodeId random_loop(LoopSite& site, graph::NodeId x);

}  // namespace kdlc::testing
