// Random chains of a convolution, a depthwise convolution and a pointwise one, which can be computed in bands.
#pragma once

#include <cstdint>

#include "graph/graph.hpp"

namespace kdlc::testing {

/// One or two such chains over images that are higher than wide, with windows, strides, dilations and borders of all
/// kinds, activations, and sums with what went in where the shapes allow it.
graph::Graph make_random_chain(std::uint64_t seed);

}  // namespace kdlc::testing
