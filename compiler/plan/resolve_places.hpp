// From the buffers of steps to places in the arena, and from prepared tensors to places in the packed weights.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/arena.hpp"
#include "plan/placement.hpp"
#include "plan/plan.hpp"
#include "plan/step_context.hpp"

namespace kdlc::plan {

/// Of the buffer, for one sample or without a batch, when every size known only at run time is at its bound.
std::int64_t bytes_of(const Buffer& buffer, const SizeBounds& bounds);

/// Steps that may run at the same time, or between which no memory changes its owner.
using Moment = std::vector<Step*>;
/// Each step of the body.
std::vector<Moment> moments_of(Body& body);
/// The shares of each region.
std::vector<Moment> moments_of(std::vector<Region>& regions);

/// From buffer numbers to offsets in the arena, from prepared indices to offsets in the packed weights. Returns the
/// arena's size. Where all values together take no more than `kept_apart_bytes`, no memory serves two of them
/// that are more than a few lines.
std::int64_t resolve_places(const std::vector<Moment>& moments, std::int64_t samples,
                            const std::vector<Buffer>& buffers, const PreparedTable& prepared, const SizeBounds& bounds,
                            std::int64_t kept_apart_bytes = 0, const std::vector<Handover>& handovers = {});

}  // namespace kdlc::plan
