// Makes one map of a map and the map that feeds it, and writes constants of one number into the expression.
//
//   %1 = constant 0.5
//   %2 = map a * b (%0, %1)
//   %3 = map tanh(a) (%2)     →   %1 = map tanh(a * 0.5) (%0)
#include <algorithm>

#include "passes/expressions.hpp"
#include "passes/pass_list.hpp"
#include "passes/rewrite.hpp"

namespace kdlc::passes {

using namespace graph;

namespace {

/// Beyond these an expression would not stay in registers.
constexpr std::size_t kMaxTerms = 64;
constexpr std::size_t kMaxOperands = 8;
/// What is computed again rather than stored: an addition and a clamp, but no exponential (those count double).
constexpr std::size_t kCheapOperations = 3;

bool is_cheap(const MapExpression& expression) {
  return count_operations(expression) <= kCheapOperations &&
         std::none_of(expression.terms.begin(), expression.terms.end(), [](const MapTerm& term) {
           return (term.op >= MapOp::exp && term.op <= MapOp::cos) || term.op == MapOp::power ||
                  term.op == MapOp::divide || term.op == MapOp::remainder;
         });
}

bool can_take_epilogue(Op op) {
  return op == Op::contraction || op == Op::window_reduce || op == Op::reduce;
}

/// Which old nodes are read by maps of their own shape only.
IdVector<NodeId, bool> find_read_by_maps_only(const Graph& graph) {
  IdVector<NodeId, bool> result;
  result.resize(graph.nodes.size(), true);
  for (const Node& node : graph.nodes) {
    for (const NodeId input : node.inputs) {
      result[input] = result[input] && node.op == Op::map && node.type.shape == graph.nodes[input].type.shape;
    }
  }
  for (const OutputInfo& output : graph.outputs) {
    result[output.node] = false;
  }
  for (const StateInfo& state : graph.states) {
    result[state.next] = false;
  }
  return result;
}

class Fuser {
public:
  explicit Fuser(const Graph& graph) : is_read_by_maps_only_(find_read_by_maps_only(graph)) {}

  NodeId operator()(Rewrite& rewrite, NodeId id) const {
    const Node& old = rewrite.old_node(id);
    if (old.op != Op::map) {
      return rewrite.copy(id);
    }
    FormulaBuilder formula;
    std::vector<MapBuilder::Value> values;
    std::vector<NodeId> absorbed;
    for (const NodeId input : old.inputs) {
      const NodeId now = rewrite.now(input);
      const Node& producer = rewrite.node(now);
      if (producer.op == Op::constant && attributes<ConstantAttributes>(producer).data.element_count() == 1) {
        values.push_back(constant_value(formula.map(), attributes<ConstantAttributes>(producer).data));
      } else if (producer.op == Op::map && can_inline(rewrite, input, producer, id)) {
        values.push_back(inlined(formula, rewrite, producer));
        absorbed.push_back(now);
      } else {
        values.push_back(formula.operand(now, producer.type.dtype));
      }
    }
    const MapExpression& expression = attributes<MapAttributes>(old).expression;
    Formula fused = formula.finish(formula.map().inline_expression(expression, values));
    if (!absorbed.empty() && (fused.expression.terms.size() > kMaxTerms || fused.operands.size() > kMaxOperands)) {
      return rewrite.copy(id);
    }
    for (const NodeId taken : absorbed) {
      rewrite.absorb(taken);
    }
    return rewrite.add({.op = Op::map,
                        .inputs = std::move(fused.operands),
                        .attributes = MapAttributes{std::move(fused.expression)},
                        .type = old.type});
  }

private:
  static MapBuilder::Value inlined(FormulaBuilder& formula, const Rewrite& rewrite, const Node& producer) {
    std::vector<MapBuilder::Value> operands;
    for (const NodeId input : producer.inputs) {
      operands.push_back(formula.operand(input, rewrite.node(input).type.dtype));
    }
    return formula.map().inline_expression(attributes<MapAttributes>(producer).expression, operands);
  }

  [[nodiscard]] bool can_inline(const Rewrite& rewrite, NodeId old_input, const Node& producer, NodeId id) const {
    const MapExpression& expression = attributes<MapAttributes>(producer).expression;
    if (count_operations(expression) == 0) {
      return true;  // a repeated or plain value: nothing is computed again
    }
    if (rewrite.is_prepared(old_input) && !rewrite.is_prepared(id)) {
      return false;  // computed once when weights are prepared, instead of in every call
    }
    if (!(producer.type.shape == rewrite.old_node(id).type.shape) ||
        rewrite.loop_of(old_input) != rewrite.loop_of(id)) {
      return false;  // it would be computed again for every repetition, or in every turn of a loop
    }
    if (rewrite.use_count(old_input) == 1) {
      return true;
    }
    const bool is_epilogue_later = std::any_of(producer.inputs.begin(), producer.inputs.end(),
                                               [&](NodeId input) { return can_take_epilogue(rewrite.node(input).op); });
    return is_read_by_maps_only_[old_input] && is_cheap(expression) && !is_epilogue_later;
  }

  IdVector<NodeId, bool> is_read_by_maps_only_;
};

}  // namespace

Graph fuse_maps(Graph graph) {
  const Fuser fuser(graph);
  return Rewrite(std::move(graph)).run(fuser);
}

}  // namespace kdlc::passes
