// What the steps of a plan compute of single numbers.
#pragma once

#include <vector>

#include "graph/graph.hpp"

namespace kdlc::testing {

/// An empty expression is its first operand.
double value_of(const graph::MapExpression& expression, const std::vector<double>& operands);
/// In the order of the cells; NaN where one of them is.
double reduce(graph::Reducer reducer, const std::vector<double>& cells);
/// As a sum is stored: to float where the type is f32.
double rounded(double value, DType dtype);

}  // namespace kdlc::testing
