// Offsets in the arena: values that live at the same time never overlap, and little is wasted.
#include "plan/arena.hpp"

#include <random>

#include "catch.hpp"

using namespace kdlc::plan;

namespace {

void check_disjoint(const std::vector<Lifetime>& lifetimes, const ArenaLayout& layout, std::int64_t align) {
  for (std::size_t left = 0; left < lifetimes.size(); ++left) {
    CHECK(layout.offsets[left] % align == 0);
    CHECK(layout.offsets[left] + lifetimes[left].size_bytes <= layout.total_bytes);
    for (std::size_t right = left + 1; right < lifetimes.size(); ++right) {
      const bool in_time =
          lifetimes[left].first <= lifetimes[right].last && lifetimes[right].first <= lifetimes[left].last;
      const bool in_space = layout.offsets[left] < layout.offsets[right] + lifetimes[right].size_bytes &&
                            layout.offsets[right] < layout.offsets[left] + lifetimes[left].size_bytes;
      CHECK_FALSE((in_time && in_space));
    }
  }
}

}  // namespace

TEST_CASE("a chain of equal buffers needs two of them") {
  const std::vector<Lifetime> lifetimes = {{64, 0, 1}, {64, 1, 2}, {64, 2, 3}, {64, 3, 4}};
  const ArenaLayout layout = place_buffers(lifetimes, 64);
  CHECK(layout.total_bytes == 128);
  check_disjoint(lifetimes, layout, 64);
}

TEST_CASE("no buffers need no memory, and empty ones none either") {
  CHECK(place_buffers({}, 64).total_bytes == 0);
  CHECK(place_buffers({{0, 0, 9}}, 64).total_bytes == 0);
}

TEST_CASE("random lifetimes never overlap, and stay near the lower bound") {
  std::minstd_rand random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> lifetimes(1 + random() % 40);
    for (Lifetime& lifetime : lifetimes) {
      lifetime.size_bytes = static_cast<std::int64_t>(64 * (random() % 100));
      lifetime.first = static_cast<std::uint32_t>(random() % 50);
      lifetime.last = lifetime.first + static_cast<std::uint32_t>(random() % 10);
    }
    const ArenaLayout layout = place_buffers(lifetimes, 64);
    check_disjoint(lifetimes, layout, 64);
    CHECK(layout.total_bytes >= peak_bytes(lifetimes));
    CHECK(static_cast<double>(layout.total_bytes) <= 1.5 * static_cast<double>(peak_bytes(lifetimes)));
  }
}

TEST_CASE("a buffer lies where each thread was before, if the arena does not grow by it") {
  const std::vector<Lifetime> lifetimes = {{1024, 0, 1}, {512, 2, 3}};
  const auto halves = [](std::int64_t size) {
    const std::vector<Touched> parts = {{.thread = 0, .begin = 0, .end = size / 2},
                                        {.thread = 1, .begin = size / 2, .end = size}};
    return Handover{.written = parts, .left = parts};
  };
  CHECK(place_buffers(lifetimes, 64, {halves(1024), halves(512)}).offsets[1] == 256);
  CHECK(place_buffers(lifetimes, 64).offsets[1] == 0);
}

TEST_CASE("buffers of threads never overlap, and stay near the lower bound") {
  std::minstd_rand random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> lifetimes(1 + random() % 40);
    std::vector<Handover> handovers(lifetimes.size());
    for (std::size_t which = 0; which < lifetimes.size(); ++which) {
      Lifetime& lifetime = lifetimes[which];
      lifetime.size_bytes = static_cast<std::int64_t>(64 * (random() % 100));
      lifetime.first = static_cast<std::uint32_t>(random() % 50);
      lifetime.last = lifetime.first + static_cast<std::uint32_t>(random() % 10);
      const std::int64_t end = lifetime.size_bytes / static_cast<std::int64_t>(1 + random() % 3);
      handovers[which].written = {{.thread = 0, .begin = 0, .end = end},
                                  {.thread = 1, .begin = end, .end = lifetime.size_bytes}};
      handovers[which].left = {{.thread = static_cast<std::int64_t>(random() % 2), .begin = 0, .end = end}};
    }
    const ArenaLayout layout = place_buffers(lifetimes, 64, handovers);
    check_disjoint(lifetimes, layout, 64);
    CHECK(static_cast<double>(layout.total_bytes) <= 1.6 * static_cast<double>(peak_bytes(lifetimes)));
  }
}
