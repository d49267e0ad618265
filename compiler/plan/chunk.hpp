// How many samples a call of the body computes together.
#pragma once

#include "plan/plan.hpp"

namespace kdlc::plan {

/// The chunk under which a sample moves the fewest bytes, weighed by the speed of the cache that they come from: a
/// larger chunk reads the weights of dense layers less often per sample, but its activations leave the nearer caches.
/// `single` is a plan of the same graph with a chunk of one sample. At most 256, and within half of the second-level
/// cache.
std::int64_t choose_chunk(const Machine& machine, const Plan& single);

}  // namespace kdlc::plan
