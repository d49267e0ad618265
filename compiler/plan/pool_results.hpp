// Pooling in the registers of the convolution before it, where positions lie in the lanes.
//
// Before → after, for windows that neither overlap nor leave the map:
//
//   C: for each row y, channels × positions x         for each row Y of windows:
//   W: for each window: reduce its cells                for each row of the window: its channels × positions
//                                                       reduce those rows, then neighbouring lanes, and store
//
// The map between is never stored, and channels are interleaved for a quarter of the cells where windows are 2 × 2.
#pragma once

#include <vector>

#include "plan/plan.hpp"

namespace kdlc::plan {

/// Joins such steps of a body. Places are not resolved yet: Access::index is a buffer. Under strict arithmetic sums
/// keep the order of their cells, so only extremes are joined.
void pool_results(std::vector<Step>& steps, const Machine& machine, bool strict);

}  // namespace kdlc::plan
