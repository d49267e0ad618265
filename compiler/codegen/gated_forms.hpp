// Finds gelu and silu in an expression, which has no operations of its own for them: a number times how far it is let
// through.
#pragma once

#include <cstdint>
#include <optional>

#include "graph/map_expression.hpp"

namespace kdlc::codegen {

/// x, where `term` of `expression` is x / 2 · (1 + erf(x / √2)).
std::optional<std::uint32_t> gelu_argument(const graph::MapExpression& expression, const graph::MapTerm& term);
/// x, where it is x · sigmoid(x).
std::optional<std::uint32_t> silu_argument(const graph::MapExpression& expression, const graph::MapTerm& term);

}  // namespace kdlc::codegen
