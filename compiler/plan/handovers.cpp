// Collects, region by region, what each thread touches of each buffer.
#include "plan/handovers.hpp"

#include <algorithm>

#include "plan/step_accesses.hpp"

namespace kdlc::plan {
namespace {

/// The part of a buffer that a thread touches.
Touched touched_by(std::int64_t thread, const Footprint::Box& box, double bytes) {
  const ByteRange hull = hull_of(box);
  return {.thread = thread,
          .begin = hull.begin,
          .end = hull.end,
          .density = std::min(1.0, bytes / static_cast<double>(hull.end - hull.begin))};
}

/// Collects what threads do, region after region.
class Collector {
public:
  explicit Collector(std::size_t buffers) : handovers_(buffers), first_(buffers), last_(buffers) {}

  void visit(const Region& region, std::int64_t thread, const Footprints& touched) {
    for (const Footprint& read : touched.reads) {
      visit(region, thread, read, false);
    }
    for (const Footprint& write : touched.writes) {
      visit(region, thread, write, true);
    }
  }
  [[nodiscard]] std::vector<Handover> finish() { return std::move(handovers_); }

private:
  void visit(const Region& region, std::int64_t thread, const Footprint& footprint, bool is_write) {
    if (footprint.memory != Memory::arena || !footprint.box) {
      return;
    }
    Handover& handover = handovers_[footprint.index];
    const Region*& first = first_[footprint.index];
    first = first == nullptr ? &region : first;
    if (last_[footprint.index] != &region) {
      handover.left.clear();
      last_[footprint.index] = &region;
    }
    handover.left.push_back(touched_by(thread, *footprint.box, bytes_of(footprint)));
    if (is_write && first == &region) {
      handover.written.push_back(handover.left.back());
    }
  }

  std::vector<Handover> handovers_;
  std::vector<const Region*> first_;  // that touches a buffer
  std::vector<const Region*> last_;   // so far
};

}  // namespace

std::vector<Handover> handovers_of(const std::vector<Region>& regions, std::size_t buffers) {
  Collector collector(buffers);
  for (const Region& region : regions) {
    for (const Share& share : region.shares) {
      for (std::int64_t number = 0; number < share.threads; ++number) {
        collector.visit(region, share.first + number, footprints_of(share.step, number));
      }
    }
  }
  return collector.finish();
}

}  // namespace kdlc::plan
