// How many rows a kernel of a row program computes together, which the planner reserves scratch for.
#pragma once

#include <cstdint>

namespace kdlc::plan {

/// Four rows at a time hide the latency of their sums and of exp's polynomial.
inline constexpr std::int64_t kRowsTogether = 4;

}  // namespace kdlc::plan
