// Shares the steps of one sample out between threads.
#pragma once

#include <functional>

#include "plan/step_context.hpp"

namespace kdlc::plan {

struct RegionOptions {
  std::int64_t threads = 2;
  double meeting_nanoseconds = 700;
  const Machine& machine;
  const SizeBounds& bounds;
  /// Bytes of scratch of a step for one thread, by buffer.
  std::function<std::int64_t(std::uint32_t buffer)> scratch_bytes;
};

struct TogetherPlan {
  std::vector<Region> regions;
  double nanoseconds = 0;  // of all, by the cost model
};

/// The steps as regions, or none where one thread does as well. Places are buffers, not yet offsets, so that memory
/// that is used again later is no reason to wait.
TogetherPlan make_regions(const std::vector<Step>& steps, const RegionOptions& options);

}  // namespace kdlc::plan
