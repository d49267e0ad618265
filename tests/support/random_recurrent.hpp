// Random stacks of recurrent layers, which threads can compute in a pipeline.
#pragma once

#include <cstdint>

#include "graph/graph.hpp"

namespace kdlc::testing {

/// One to four recurrent layers over a few dozen steps, now and then from the end or from both, with projections,
/// windows that look back or to both sides, activations and sums between them.
graph::Graph make_random_recurrent(std::uint64_t seed);

}  // namespace kdlc::testing
