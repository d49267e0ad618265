// Random convolutions: of 3 × 3 cells with stride 1 or 2, which Winograd's form can compute, and of few channels.
#pragma once

#include <cstdint>

#include "graph/graph.hpp"

namespace kdlc::testing {

/// One or two convolutions with borders, biases, activations and residual sums, over images or sequences of images, of
/// sizes that leave every kind of tail.
graph::Graph make_random_convolution(std::uint64_t seed);

/// The same of windows of any size, mostly from one channel to a few, over wider images: neighbouring positions can lie
/// in the lanes of a vector.
graph::Graph make_random_narrow_convolution(std::uint64_t seed);

/// One of these and windows over its results, which mostly neither overlap nor leave them.
graph::Graph make_random_pooled_convolution(std::uint64_t seed);

/// One or two of windows of any size and dilation from a few channels to a few: neighbouring positions share elements.
graph::Graph make_random_convolution_to_few(std::uint64_t seed);

}  // namespace kdlc::testing
