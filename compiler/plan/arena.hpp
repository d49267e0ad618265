// Places buffers with lifetimes in one block of memory. Knows nothing of graphs or steps.
#pragma once

#include <cstdint>
#include <vector>

namespace kdlc::plan {

/// Buffers, taps and states of a call begin at multiples of it, where vector loads and cache lines do.
inline constexpr std::int64_t kArenaAlign = 64;

inline constexpr std::int64_t kLineBytes = 64;  // of the caches
inline constexpr std::int64_t kPageBytes = 4096;

/// The next multiple.
constexpr std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// From one row to the next: not whole pages, or all rows would fall into the same sets of the first-level cache.
constexpr std::int64_t off_whole_pages(std::int64_t row_bytes) {
  return row_bytes % kPageBytes == 0 ? row_bytes + kLineBytes : row_bytes;
}

/// The same where some rows are read together: half a page apart they fall into two groups of sets.
constexpr std::int64_t off_half_pages(std::int64_t row_bytes) {
  return row_bytes % (kPageBytes / 2) == 0 ? row_bytes + kLineBytes : row_bytes;
}

/// A buffer that is needed from step `first` to step `last`, both included.
struct Lifetime {
  std::int64_t size_bytes = 0;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

/// Bytes of a buffer, from its beginning, that a thread touches: `density` of them.
struct Touched {
  std::int64_t thread = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  double density = 1;
};
/// Who is the first to write a buffer, and who touches it last.
struct Handover {
  std::vector<Touched> written;
  std::vector<Touched> left;
};

struct ArenaLayout {
  std::vector<std::int64_t> offsets;  // per lifetime, in bytes
  std::int64_t total_bytes = 0;
};

/// Offsets, multiples of `align`, such that buffers alive at the same step never overlap. Greedy by size, first fit
/// from the bottom (as in TensorFlow Lite Micro's planner): not optimal, but within a few per cent of the lower bound
/// on real networks. Empty buffers get offset 0.
/// `handovers`, one for each buffer or none: of several threads none should write where another one was before, as each
/// such line costs both of them a message. Where the arena does not grow by it, buffers go where least of them does so.
ArenaLayout place_buffers(const std::vector<Lifetime>& lifetimes, std::int64_t align,
                          const std::vector<Handover>& handovers = {});

/// The largest sum of sizes alive at one step: no layout can be smaller.
std::int64_t peak_bytes(const std::vector<Lifetime>& lifetimes);

}  // namespace kdlc::plan
