// Rounds numbers to element types as the hardware does: what the reference evaluator and constants share.
#pragma once

#include <cstdint>

#include "types/dtype.hpp"

namespace kdlc::graph {

/// The value of a float type nearest to `value`, ties to even; beyond its range infinity. f64 keeps it.
double round_to_float(double value, DType dtype);
/// The low bits of `value` as two's complement of an integer type; bool is value != 0.
std::int64_t wrap_to_integer(std::int64_t value, DType dtype);
/// Truncates towards zero; beyond the range the nearest end, NaN 0; bool is value != 0.
std::int64_t truncate_to_integer(double value, DType dtype);

}  // namespace kdlc::graph
