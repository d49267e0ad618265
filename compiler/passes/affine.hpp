// Recognises expressions of the form x × scale + shift, whatever way they are written.
#pragma once

#include <functional>
#include <optional>

#include "graph/map_expression.hpp"

namespace kdlc::passes {

/// x × scale + shift; a missing scale is 1, a missing shift 0. Both are values of the builder that made them.
struct Affine {
  std::optional<graph::MapBuilder::Value> scale;
  std::optional<graph::MapBuilder::Value> shift;
};

/// The expression as an affine form of operand `x`. The other operands are made by `prepared`, which gives nullopt for
/// what may not be part of scale and shift. Nullopt when it is not affine, or not in floats of one type.
std::optional<Affine> find_affine(
    const graph::MapExpression& expression, std::uint32_t x, graph::MapBuilder& map,
    const std::function<std::optional<graph::MapBuilder::Value>(std::uint32_t)>& prepared);

}  // namespace kdlc::passes
