// Puts elementwise expressions together: what the fusing passes share.
#pragma once

#include <vector>

#include "graph/graph.hpp"

namespace kdlc::passes {

/// An expression with the nodes that it reads.
struct Formula {
  graph::MapExpression expression;
  std::vector<graph::NodeId> operands;
};

/// Builds one formula from others. Each node is one operand, however often and from wherever it is read.
class FormulaBuilder {
public:
  /// `first_is_fixed`: operand 0 stands for a value that is no node of its own (a contraction's sum).
  explicit FormulaBuilder(bool first_is_fixed = false) : operands_(first_is_fixed ? 1U : 0U) {}

  graph::MapBuilder& map() { return map_; }
  graph::MapBuilder::Value operand(graph::NodeId node, DType dtype);
  /// Keeps the operands that the result reads; a fixed operand 0 stays 0 and is left out of the list.
  [[nodiscard]] Formula finish(graph::MapBuilder::Value result) const;

private:
  graph::MapBuilder map_;
  std::vector<graph::NodeId> operands_;
};

/// The operations of an expression: its terms but operands and constants.
std::size_t count_operations(const graph::MapExpression& expression);

/// The number of a constant of one element as a value of `map`; asserts that it has one element.
graph::MapBuilder::Value constant_value(graph::MapBuilder& map, const TensorData& data);

}  // namespace kdlc::passes
