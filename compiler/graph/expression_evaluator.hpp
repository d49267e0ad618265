// Evaluates an elementwise expression for many elements at a time, term by term.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "graph/map_expression.hpp"

namespace kdlc::graph {

/// Many values of one type: floats as doubles, integers and bool (0 or 1) as 64-bit integers; only the one list is
/// filled.
struct Column {
  std::vector<double> floats;
  std::vector<std::int64_t> integers;

  Column(DType dtype, std::size_t count);
};

class ExpressionEvaluator {
public:
  /// For at most `capacity` elements at a time. `identity_dtype` is the type of operand 0 for an empty expression.
  ExpressionEvaluator(const MapExpression& expression, DType identity_dtype, std::size_t capacity);

  /// Fills the first `count` places of a column with the values of an operand.
  using Load = std::function<void(std::uint32_t operand, Column& column, std::size_t count)>;
  /// The first `count` places of the result hold the expression's values until the next run.
  const Column& run(std::size_t count, const Load& load);
  [[nodiscard]] DType dtype() const { return terms_.back().dtype; }

private:
  std::vector<MapTerm> terms_;
  std::vector<Column> columns_;  // one for each term
};

}  // namespace kdlc::graph
