// Private to check/: intervals of numbers, with what is known of how weights move them.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "graph/map_expression.hpp"

namespace kdlc::check {

/// fixed: constants. free: weights bring the value anywhere in its range. bound: no more is known than that it stays
/// within.
enum class Freedom : std::uint8_t { fixed, free, bound };

struct NumberRange {
  double lowest = -std::numeric_limits<double>::infinity();
  double highest = std::numeric_limits<double>::infinity();
  Freedom freedom = Freedom::bound;
  std::vector<std::uint32_t> weights;  // sorted: those next to the value, which move it
};

bool is_everything(const NumberRange& range);
/// Whether some weight moves the one and not the other.
bool has_own_weight(const NumberRange& range, const NumberRange& other);
std::vector<std::uint32_t> weights_of(const NumberRange& left, const NumberRange& right);

NumberRange of_unary(graph::MapOp op, const NumberRange& x);
NumberRange of_binary(graph::MapOp op, const NumberRange& left, const NumberRange& right);
/// What is one or the other.
NumberRange of_either(const NumberRange& left, const NumberRange& right);

}  // namespace kdlc::check
