// Infers the type of a node from its operands: the rules that the builder asserts and the verifier reports.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace kdlc::graph {

/// The type that a node must have, or one sentence on what is wrong with it (then `type` means nothing).
struct Inference {
  TensorType type;
  std::string problem;
};
using OperandTypes = std::vector<const TensorType*>;

/// `node.type` is read where the operands do not settle the type: the wanted shape of a map, a reshape and a slice, and
/// the whole type of inputs, parameters, states and the results of a scan. Takes time linear in the node.
Inference infer_type(const Node& node, const OperandTypes& operands);

/// The same in a graph where the whole batch is one tensor (Graph::whole_batch): N may be reduced, sliced and joined.
Inference infer_whole_batch(const Node& node, const OperandTypes& operands);

/// Whether `operand` can be repeated to `target`: NumPy's rule, where N only meets N, or a value without batch that has
/// fewer axes.
bool broadcasts_into(const Shape& operand, const Shape& target);

/// The type of a scan's result: that of a state, or of a stacked value with the axis of the steps put in. Asserts that
/// the scan's own type is inferred.
TensorType scan_result_type(const Graph& graph, const Node& scan, std::uint32_t index);
/// What is wrong with the graph's loops, one sentence each (verify).
std::vector<std::string> verify_loops(const Graph& graph);

/// The parts of infer_type that have a file of their own.
Inference infer_scan_slice(const Node& node, const OperandTypes& operands);
Inference infer_scan(const Node& node, const OperandTypes& operands);
Inference infer_contraction(const Node& node, const OperandTypes& operands);
/// The type of `expression` over these operands; nothing about shapes.
Inference infer_expression(const MapExpression& expression, const std::vector<DType>& operands);
/// The type of a result `type` behind an epilogue whose operands 1, 2, … are `operands` from `first` on.
Inference infer_epilogue(const MapExpression& epilogue, const TensorType& type, const OperandTypes& operands,
                         std::size_t first);

}  // namespace kdlc::graph
