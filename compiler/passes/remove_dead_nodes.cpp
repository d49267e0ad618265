// Drops nodes that no output needs; inputs and parameters stay, because they are the model's signature.
//
//   %1 = map tanh(a) (%0)
//   %2 = map exp(a) (%0)      →   %1 = map tanh(a) (%0)
//   output y = %1                 output y = %1
#include "passes/pass_list.hpp"
#include "passes/rewrite.hpp"

namespace kdlc::passes {

graph::Graph remove_dead_nodes(graph::Graph graph) {
  return Rewrite(std::move(graph)).run([](Rewrite& rewrite, graph::NodeId id) { return rewrite.copy(id); });
}

}  // namespace kdlc::passes
