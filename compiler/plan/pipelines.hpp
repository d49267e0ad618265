// Layers whose turns follow one another, as a pipeline of threads.
//
// Before → after, for a projection P, a recurrent loop L, a second projection Q and loop M, chunks of some turns each:
//
//   P: all rows          thread 0                 thread 1
//   L: all turns         P L half of Q, chunk 0
//   Q: all rows          P L half of Q, chunk 1   half of Q, M, chunk 0
//   M: all turns         P L half of Q, chunk 2   half of Q, M, chunk 1
//                                                 half of Q, M, chunk 2
//
// A line is a region: threads meet after each chunk, not after each turn. The regions in which all threads are busy are
// one, which is run so many rounds. No turn's sums are cut, so nothing changes for --strict.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "plan/regions.hpp"

namespace kdlc::plan {

/// The runs of steps with loops that threads can compute so, each in the ways that seem best.
std::vector<Unit> pipeline_units(const std::vector<Step>& steps, const RegionOptions& options);

}  // namespace kdlc::plan
