// Which values a value of a graph depends on, and through which of them a gradient passes.
#include "check/influence.hpp"

#include "types/dtype.hpp"

namespace kdlc::check {

namespace {

using graph::MapOp;

/// Which arguments of a term a small change passes through: bit k for argument k.
unsigned smooth_arguments(MapOp op) {
  switch (op) {
    case MapOp::operand:
    case MapOp::constant:
    case MapOp::sign:
    case MapOp::floor:
    case MapOp::ceil:
    case MapOp::round:
    case MapOp::equal:
    case MapOp::not_equal:
    case MapOp::less:
    case MapOp::less_equal:
    case MapOp::greater:
    case MapOp::greater_equal:
    case MapOp::logical_and:
    case MapOp::logical_or:
    case MapOp::logical_not:
      return 0;
    case MapOp::select:
      return 0b110;  // the condition jumps
    case MapOp::remainder:
    case MapOp::cast:
    case MapOp::negate:
    case MapOp::absolute:
    case MapOp::exp:
    case MapOp::expm1:
    case MapOp::log:
    case MapOp::log1p:
    case MapOp::sqrt:
    case MapOp::rsqrt:
    case MapOp::tanh:
    case MapOp::sigmoid:
    case MapOp::erf:
    case MapOp::sin:
    case MapOp::cos:
      return 0b001;
    case MapOp::add:
    case MapOp::subtract:
    case MapOp::multiply:
    case MapOp::divide:
    case MapOp::power:
    case MapOp::minimum:
    case MapOp::maximum:
      return 0b011;
  }
  KDLC_UNREACHABLE("every elementwise operation is listed");
}

bool passes_map(const graph::MapExpression& expression, std::size_t operand) {
  if (expression.terms.empty()) {
    return operand == 0;
  }
  std::vector<bool> is_wanted(expression.terms.size(), false);
  is_wanted.back() = true;
  for (std::size_t index = expression.terms.size(); index-- > 0;) {
    const graph::MapTerm& term = expression.terms[index];
    if (!is_wanted[index] || !is_float(term.dtype)) {
      continue;
    }
    if (term.op == MapOp::operand && term.operand == operand) {
      return true;
    }
    const unsigned smooth = smooth_arguments(term.op);
    for (unsigned place = 0; place < term.arguments.size(); ++place) {
      if ((smooth >> place & 1U) != 0) {
        is_wanted[term.arguments[place]] = true;
      }
    }
  }
  return false;
}

bool is_of_loop(graph::Op op) {
  return op == graph::Op::scan || op == graph::Op::scan_result || op == graph::Op::scan_slice ||
         op == graph::Op::scan_state;
}

}  // namespace

bool is_stop(const graph::Graph& graph, const graph::Node& node) {
  return !node.records.empty() && graph.records[node.records.front()].kind == "stop_gradient";
}

bool passes_gradient(const graph::Graph& graph, const graph::Node& node, std::size_t operand) {
  if (is_of_loop(node.op)) {
    return true;  // the loop's own nodes carry no number; what stands between them is looked at
  }
  if (!is_float(node.type.dtype) || !is_float(graph.node(node.inputs[operand]).type.dtype)) {
    return false;
  }
  return node.op != graph::Op::map || passes_map(graph::attributes<graph::MapAttributes>(node).expression, operand);
}

Reached find_influences(const graph::Graph& graph, const std::vector<graph::NodeId>& ends, Path path) {
  Reached is_reached;
  is_reached.resize(graph.nodes.size());
  for (const graph::NodeId end : ends) {
    if (end.has_value()) {
      is_reached[end] = 1;
    }
  }
  // Inputs come first: one pass from the end.
  for (std::uint32_t index = static_cast<std::uint32_t>(graph.nodes.size()); index-- > 0;) {
    if (is_reached[graph::NodeId{index}] == 0) {
      continue;
    }
    const graph::Node& node = graph.nodes[graph::NodeId{index}];
    if (path == Path::gradient && is_stop(graph, node)) {
      continue;
    }
    for (std::size_t operand = 0; operand < node.inputs.size(); ++operand) {
      if (path == Path::any || passes_gradient(graph, node, operand)) {
        is_reached[node.inputs[operand]] = 1;
      }
    }
  }
  return is_reached;
}

}  // namespace kdlc::check
