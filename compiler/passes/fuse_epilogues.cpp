// Makes a map that reads a contraction, a pooling or a reduction its epilogue: computed on the sum while it is in a
// register.
//
//   %3 = contraction nk,kf->nf (%0, %1)
//   %4 = map maximum(a + b, 0) (%3, %2)
//   →  %3 = contraction nk,kf->nf then maximum(a + b, 0) (%0, %1, %2)
// The fused node stands where the map stood, so that all of the map's operands (a residual branch) are there before it.
#include "passes/expressions.hpp"
#include "passes/pass_list.hpp"
#include "passes/rewrite.hpp"

namespace kdlc::passes {

using namespace graph;

namespace {

/// How many inputs are the node's own, before those of the epilogue; 0 when it takes no epilogue.
std::size_t count_own_inputs(Op op) {
  if (op == Op::contraction) {
    return 2;
  }
  return op == Op::window_reduce || op == Op::reduce ? 1 : 0;
}

const MapExpression& epilogue_of(const Node& node) {
  if (node.op == Op::contraction) {
    return attributes<ContractionAttributes>(node).epilogue;
  }
  return node.op == Op::reduce ? attributes<ReduceAttributes>(node).epilogue
                               : attributes<WindowReduceAttributes>(node).epilogue;
}

void set_epilogue(Node& node, MapExpression epilogue) {
  if (node.op == Op::contraction) {
    std::get<ContractionAttributes>(node.attributes).epilogue = std::move(epilogue);
  } else if (node.op == Op::reduce) {
    std::get<ReduceAttributes>(node.attributes).epilogue = std::move(epilogue);
  } else {
    std::get<WindowReduceAttributes>(node.attributes).epilogue = std::move(epilogue);
  }
}

/// The operand that the map becomes an epilogue of: of several the latest, because it would run last anyway. None when
/// the map has none; what a loop reads is computed before it, not in every turn.
NodeId find_producer(const Rewrite& rewrite, NodeId id) {
  const Node& map = rewrite.old_node(id);
  NodeId found;
  for (const NodeId input : map.inputs) {
    const Node& producer = rewrite.node(rewrite.now(input));
    if (count_own_inputs(producer.op) > 0 && rewrite.use_count(input) == 1 && !rewrite.is_prepared(input) &&
        rewrite.loop_of(input) == rewrite.loop_of(id) && producer.type.shape == map.type.shape &&
        (!found.has_value() || found < input)) {
      found = input;
    }
  }
  return found;
}

/// The element type of the sum, before the epilogue.
DType sum_dtype(const Rewrite& rewrite, const Node& producer) {
  return rewrite.node(producer.inputs[0]).type.dtype;
}

NodeId fuse(Rewrite& rewrite, NodeId id) {
  const Node& old = rewrite.old_node(id);
  const NodeId old_producer = old.op == Op::map ? find_producer(rewrite, id) : NodeId{};
  if (!old_producer.has_value()) {
    return rewrite.copy(id);
  }
  Node fused = rewrite.node(rewrite.now(old_producer));
  const std::size_t own_count = count_own_inputs(fused.op);
  FormulaBuilder formula(true);
  std::vector<MapBuilder::Value> before = {formula.map().operand(0, sum_dtype(rewrite, fused))};
  for (std::size_t index = own_count; index < fused.inputs.size(); ++index) {
    before.push_back(formula.operand(fused.inputs[index], rewrite.node(fused.inputs[index]).type.dtype));
  }
  const MapBuilder::Value sum = formula.map().inline_expression(epilogue_of(fused), before);
  std::vector<MapBuilder::Value> values;
  for (const NodeId input : old.inputs) {
    const NodeId now = rewrite.now(input);
    values.push_back(input == old_producer ? sum : formula.operand(now, rewrite.node(now).type.dtype));
  }
  Formula epilogue = formula.finish(formula.map().inline_expression(attributes<MapAttributes>(old).expression, values));
  rewrite.absorb(rewrite.now(old_producer));
  fused.inputs.resize(own_count);
  fused.inputs.insert(fused.inputs.end(), epilogue.operands.begin(), epilogue.operands.end());
  fused.type = old.type;
  fused.records.clear();
  set_epilogue(fused, std::move(epilogue.expression));
  return rewrite.add(std::move(fused));
}

}  // namespace

Graph fuse_epilogues(Graph graph) {
  return Rewrite(std::move(graph)).run(fuse);
}

}  // namespace kdlc::passes
