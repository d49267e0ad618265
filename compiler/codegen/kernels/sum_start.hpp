// What sums start from: an operand that the epilogue would add to them first, such as a bias, instead of 0.
#pragma once

#include <cstdint>
#include <optional>

#include "graph/map_expression.hpp"

namespace kdlc::codegen {

struct SumStart {
  std::uint32_t operand = 1;  // of the epilogue
  graph::MapExpression rest;  // the epilogue of a sum that has it already
};

/// The operand that `epilogue` adds to operand 0, the sum, where it uses neither for anything else; floats alone, whose
/// sums it gives another order.
std::optional<SumStart> find_sum_start(const graph::MapExpression& epilogue);

}  // namespace kdlc::codegen
