// Random convolutions of 3 × 3 cells with stride 1, which Winograd's form can compute.
#pragma once

#include <cstdint>

#include "graph/graph.hpp"

namespace kdlc::testing {

/// One or two convolutions with borders, biases, activations and residual sums, over images or sequences of images, of
/// sizes that leave every kind of tail.
graph::Graph make_random_convolution(std::uint64_t seed);

}  // namespace kdlc::testing
