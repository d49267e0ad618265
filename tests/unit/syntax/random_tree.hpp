// Random trees without a source, with parentheses wherever the grammar needs them.
#pragma once

#include <cstdint>

#include "syntax/tree.hpp"

namespace kdlc::syntax {

/// A tree of every kind of declaration and expression; the same for the same seed.
Tree random_tree(std::uint32_t seed);

}  // namespace kdlc::syntax
