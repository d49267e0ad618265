// Finds gelu in an expression, which has no operation of its own for it.
#pragma once

#include <cstdint>
#include <optional>

#include "graph/map_expression.hpp"

namespace kdlc::codegen {

/// x, where `term` of `expression` is x / 2 · (1 + erf(x / √2)).
std::optional<std::uint32_t> gelu_argument(const graph::MapExpression& expression, const graph::MapTerm& term);

}  // namespace kdlc::codegen
