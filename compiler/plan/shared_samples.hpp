// From how many samples on threads compute samples of their own, instead of parts of each.
#pragma once

#include <cstdint>

#include "plan/plan.hpp"

namespace kdlc::plan {

/// The fewest samples that are sooner done when each thread takes some than when all compute one after the other
/// together: not few where weights are many, of which every thread would read all. `together` is how long one
/// sample takes all threads, in nanoseconds; `plan` holds its regions. 0: samples are never shared out.
std::int64_t least_shared_samples(const Plan& plan, const Body& single, const Body& chunk, double together,
                                  const Machine& machine);

}  // namespace kdlc::plan
