// Greedy placement of buffers by size.
#include "plan/arena.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace kdlc::plan {
namespace {

bool overlap_in_time(const Lifetime& left, const Lifetime& right) {
  return left.first <= right.last && right.first <= left.last;
}

struct Placed {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::size_t which = 0;
};

/// The lowest gap of `size` bytes between the placed buffers that are alive together with `lifetime`.
std::int64_t find_gap(const std::vector<Placed>& placed, const std::vector<Lifetime>& lifetimes,
                      const Lifetime& lifetime, std::int64_t size) {
  std::int64_t candidate = 0;
  for (const Placed& other : placed) {  // sorted by begin
    if (!overlap_in_time(lifetimes[other.which], lifetime)) {
      continue;
    }
    if (candidate + size <= other.begin) {
      return candidate;
    }
    candidate = std::max(candidate, other.end);
  }
  return candidate;
}

}  // namespace

ArenaLayout place_buffers(const std::vector<Lifetime>& lifetimes, std::int64_t align) {
  std::vector<std::size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    return lifetimes[left].size_bytes > lifetimes[right].size_bytes;
  });
  ArenaLayout layout;
  layout.offsets.assign(lifetimes.size(), 0);
  std::vector<Placed> placed;
  for (const std::size_t which : order) {
    const std::int64_t size = round_up(lifetimes[which].size_bytes, align);
    if (size == 0) {
      continue;
    }
    const std::int64_t begin = find_gap(placed, lifetimes, lifetimes[which], size);
    layout.offsets[which] = begin;
    layout.total_bytes = std::max(layout.total_bytes, begin + size);
    const Placed entry{begin, begin + size, which};
    const auto place = std::upper_bound(placed.begin(), placed.end(), entry,
                                        [](const Placed& a, const Placed& b) { return a.begin < b.begin; });
    placed.insert(place, entry);
  }
  return layout;
}

std::int64_t peak_bytes(const std::vector<Lifetime>& lifetimes) {
  std::map<std::uint32_t, std::int64_t> change;
  for (const Lifetime& lifetime : lifetimes) {
    change[lifetime.first] += lifetime.size_bytes;
    change[lifetime.last + 1] -= lifetime.size_bytes;
  }
  std::int64_t alive = 0;
  std::int64_t peak = 0;
  for (const auto& [step, difference] : change) {
    alive += difference;
    peak = std::max(peak, alive);
  }
  return peak;
}

}  // namespace kdlc::plan
