// Shares the steps of one sample out between threads.
#pragma once

#include <functional>
#include <vector>

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

/// Of the scratch in the arena that a step has, which each thread needs for itself; 0 without one.
std::int64_t scratch_bytes_of(const Step& step, const RegionOptions& options);

/// Regions that compute some steps, and steps that come before them.
struct Pipeline {
  std::vector<Step> before;
  std::vector<Region> regions;
};

/// Neighbouring steps that threads can compute as one: each its own part of all of them without waiting in between, or
/// in one of several pipelines.
struct Unit {
  std::size_t begin = 0;  // numbers of steps
  std::size_t end = 0;
  struct Axis {
    std::int64_t size = 1;
    std::int64_t grain = 1;  // parts are best multiples of it
    /// The shares of threads whose parts of the axis end there; none where it cannot be cut so.
    std::function<std::vector<Share>(const std::vector<std::int64_t>& ends)> cut;
  };
  std::vector<Axis> axes;
  std::vector<Pipeline> pipelines;
};

struct TogetherPlan {
  std::vector<Region> regions;
  double nanoseconds = 0;  // of all, by the cost model
};

/// The steps as regions, or none where one thread does as well. Places are buffers, not yet offsets, so that memory
/// that is used again later is no reason to wait. Steps of a unit are computed as one where that is cheaper.
TogetherPlan make_regions(const std::vector<Step>& steps, const std::vector<Unit>& units, const RegionOptions& options);

}  // namespace kdlc::plan
