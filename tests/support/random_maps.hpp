// Elementwise expressions and row programs that random graphs are made with.
#pragma once

#include "support/random_graph.hpp"

namespace kdlc::testing {

/// Of operand 0, f32 to f32: any elementwise function kept within its domain, continuous, and not growing fast.
graph::MapExpression random_unary(Random& random);
/// Of operands 0 and 1, f32.
graph::MapExpression random_binary(Random& random);
/// Functions with jumps: floor, sign, comparisons; for values that are exactly known.
graph::MapExpression random_jump(Random& random);
/// Casts operand 0 to i32, computes, and casts back.
graph::MapExpression random_integer_arithmetic(Random& random);

/// Whole numbers from 0 to below `size`, of operand 0, which holds multiples of 1/8.
graph::MapExpression whole_numbers_below(std::int64_t size);

graph::RowsAttributes softmax_rows();
/// (x - mean) × rsqrt(variance + 1e-3), with scale and shift as operands 1 and 2 when asked.
graph::RowsAttributes normalise_rows(bool with_scale_and_shift);

}  // namespace kdlc::testing
