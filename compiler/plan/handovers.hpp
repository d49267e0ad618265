// Memory of the arena that goes from one thread to another.
#pragma once

#include <vector>

#include "plan/arena.hpp"
#include "plan/plan.hpp"

namespace kdlc::plan {

/// Who writes each buffer in its first region, and who touches it in its last one. Places are not resolved yet:
/// Access::index is a buffer.
std::vector<Handover> handovers_of(const std::vector<Region>& regions, std::size_t buffers);

}  // namespace kdlc::plan
