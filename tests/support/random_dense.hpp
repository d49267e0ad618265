// Random dense and pointwise layers, with sizes that Strassen's form can halve.
#pragma once

#include <cstdint>

#include "graph/graph.hpp"

namespace kdlc::testing {

/// One or two layers over samples, rows of samples or maps, with biases, activations, residual sums, parts of wider
/// inputs and joins of results, and with every kind of tail in rows, depth and columns of their halves.
graph::Graph make_random_dense(std::uint64_t seed);

}  // namespace kdlc::testing
