// What neighbouring rows of a contraction share: positions of a convolution side by side see the same elements.
//
// The taps of a window are its cells along the innermost row axis. Tap q of position x meets the element that tap q - 1
// of position x + distance meets, so that a block of n neighbouring positions and t taps needs n + distance × (t - 1)
// elements for n × t multiply-adds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "plan/plan.hpp"

namespace kdlc::plan {

struct WindowTaps {
  std::size_t axis = 0;       // of depth: the taps, or taps with channels inside them
  std::int64_t count = 1;     // of taps
  std::int64_t channels = 1;  // steps of that axis in each tap
  std::int64_t distance = 1;  // positions from an element that a tap meets to that of the next one: the dilation
};

/// Of steps with packed weights whose axes say so; nullopt where rows share nothing.
std::optional<WindowTaps> find_taps(const ContractionStep& step);

}  // namespace kdlc::plan
