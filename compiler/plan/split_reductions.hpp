// Reductions of whole maps in as many parts as there are threads, so that each adds up what it has computed itself.
//
// Before → after, for the mean of a map of 56 × 56 cells over its positions, and two threads:
//
//   mean: [C] of [3136, C]            mean of parts: [2, C] of [2, 1568, C]
//                                     mean: [C] of [2, C]
#pragma once

#include <cstdint>
#include <vector>

#include "plan/placement.hpp"
#include "plan/plan.hpp"

namespace kdlc::plan {

struct SplitOptions {
  std::int64_t parts = 2;
  std::int64_t least_bytes = 16 << 10;  // smaller maps are not worth a step more
};

/// Does so where the parts are equal. The order of the additions changes. Places are not resolved yet: Access::index is
/// a buffer.
void split_reductions(std::vector<Step>& steps, std::vector<Buffer>& buffers, const SplitOptions& options);

}  // namespace kdlc::plan
