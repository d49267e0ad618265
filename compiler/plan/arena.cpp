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

/// Chooses among the places where a buffer fits.
class Placer {
public:
  Placer(const std::vector<Lifetime>& lifetimes, const std::vector<Handover>& handovers, std::int64_t align)
      : lifetimes_(lifetimes), handovers_(handovers), align_(align) {}

  /// Returns where the buffer begins.
  std::int64_t place(std::size_t which) {
    const std::int64_t size = round_up(lifetimes_[which].size_bytes, align_);
    const std::int64_t lowest = find_gap(which, size);
    const std::int64_t begin = handovers_.empty() ? lowest : find_quiet(which, size, lowest);
    total_bytes_ = std::max(total_bytes_, begin + size);
    const Placed entry{begin, begin + size, which};
    const auto place = std::upper_bound(placed_.begin(), placed_.end(), entry,
                                        [](const Placed& a, const Placed& b) { return a.begin < b.begin; });
    placed_.insert(place, entry);
    return begin;
  }
  [[nodiscard]] std::int64_t total_bytes() const { return total_bytes_; }

private:
  [[nodiscard]] bool lives_beside(const Placed& other, std::size_t which) const {
    return overlap_in_time(lifetimes_[other.which], lifetimes_[which]);
  }

  /// The lowest gap of `size` bytes between the placed buffers that are alive together with this one.
  [[nodiscard]] std::int64_t find_gap(std::size_t which, std::int64_t size) const {
    std::int64_t candidate = 0;
    for (const Placed& other : placed_) {  // sorted by begin
      if (!lives_beside(other, which)) {
        continue;
      }
      if (candidate + size <= other.begin) {
        return candidate;
      }
      candidate = std::max(candidate, other.end);
    }
    return candidate;
  }

  /// The place where threads write least over each other's lines.
  [[nodiscard]] std::int64_t find_quiet(std::size_t which, std::int64_t size, std::int64_t lowest) const {
    const std::int64_t limit = std::max(total_bytes_, lowest + size);
    std::int64_t best = lowest;
    double least = handed_over(which, lowest, size);
    const auto consider = [&](std::int64_t begin) {
      begin = begin / align_ * align_;
      if (begin >= 0 && begin + size <= limit && is_free(which, begin, size)) {
        const double bytes = handed_over(which, begin, size);
        if (bytes < least || (bytes == least && begin < best)) {
          least = bytes;
          best = begin;
        }
      }
    };
    for (const Placed& other : placed_) {
      if (lives_beside(other, which)) {
        consider(other.end);
        consider(other.begin - size);
        continue;
      }
      consider(other.begin);
      consider(other.begin + end_of_first(other.which) - end_of_first(which));
    }
    return best;
  }

  [[nodiscard]] bool is_free(std::size_t which, std::int64_t begin, std::int64_t size) const {
    return std::none_of(placed_.begin(), placed_.end(), [&](const Placed& other) {
      return lives_beside(other, which) && other.begin < begin + size && begin < other.end;
    });
  }

  /// Where the part of the first thread ends.
  [[nodiscard]] std::int64_t end_of_first(std::size_t which) const {
    const std::vector<Touched>& written = handovers_[which].written;
    return written.empty() ? 0 : written.front().end;
  }

  /// About how many bytes come from one thread to another with the buffer at this place.
  [[nodiscard]] double handed_over(std::size_t which, std::int64_t begin, std::int64_t size) const {
    double bytes = 0;
    for (const Placed& other : placed_) {
      if (other.begin >= begin + size || other.end <= begin) {
        continue;
      }
      const bool is_earlier = lifetimes_[other.which].last < lifetimes_[which].first;
      bytes += is_earlier ? handed_over(handovers_[other.which].left, handovers_[which].written, begin - other.begin)
                          : handed_over(handovers_[which].left, handovers_[other.which].written, other.begin - begin);
    }
    return bytes;
  }
  /// `distance`: from the beginning of the one buffer to that of the next one.
  static double handed_over(const std::vector<Touched>& left, const std::vector<Touched>& written,
                            std::int64_t distance) {
    double bytes = 0;
    for (const Touched& before : left) {
      for (const Touched& after : written) {
        const std::int64_t common =
            std::min(before.end, after.end + distance) - std::max(before.begin, after.begin + distance);
        bytes += before.thread == after.thread || common <= 0
                     ? 0
                     : static_cast<double>(common) * before.density * after.density;
      }
    }
    return bytes;
  }

  const std::vector<Lifetime>& lifetimes_;
  const std::vector<Handover>& handovers_;
  std::int64_t align_;
  std::vector<Placed> placed_;
  std::int64_t total_bytes_ = 0;
};

}  // namespace

ArenaLayout place_buffers(const std::vector<Lifetime>& lifetimes, std::int64_t align,
                          const std::vector<Handover>& handovers) {
  std::vector<std::size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    return lifetimes[left].size_bytes > lifetimes[right].size_bytes;
  });
  ArenaLayout layout;
  layout.offsets.assign(lifetimes.size(), 0);
  Placer placer(lifetimes, handovers, align);
  for (const std::size_t which : order) {
    layout.offsets[which] = lifetimes[which].size_bytes == 0 ? 0 : placer.place(which);
  }
  layout.total_bytes = placer.total_bytes();
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
