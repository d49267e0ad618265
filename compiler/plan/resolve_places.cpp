// Buffers live from the first moment that touches them to the last one.
#include "plan/resolve_places.hpp"

#include <algorithm>
#include <functional>
#include <optional>

#include "plan/step_accesses.hpp"
#include "support/assert.hpp"

namespace kdlc::plan {
namespace {

/// Bytes of a buffer that keeps memory of its own where there is enough.
constexpr std::int64_t kLeastKeptApart = 4 << 10;

}  // namespace

std::int64_t bytes_of(const Buffer& buffer, const SizeBounds& bounds) {
  const std::optional<std::int64_t> most = buffer.elements.upper_bound(bounds);
  KDLC_ASSERT(most.has_value(), "every size known only at run time has a bound");
  return std::max<std::int64_t>(*most, 0) * static_cast<std::int64_t>(size_bytes(buffer.dtype));
}

std::vector<Moment> moments_of(Body& body) {
  std::vector<Moment> moments;
  moments.reserve(body.steps.size());
  for (Step& step : body.steps) {
    moments.push_back({&step});
  }
  return moments;
}

std::vector<Moment> moments_of(std::vector<Region>& regions) {
  std::vector<Moment> moments;
  for (Region& region : regions) {
    Moment& moment = moments.emplace_back();
    for (Share& share : region.shares) {
      moment.push_back(&share.step);
    }
  }
  return moments;
}

std::int64_t resolve_places(const std::vector<Moment>& moments, std::int64_t samples,
                            const std::vector<Buffer>& buffers, const PreparedTable& prepared, const SizeBounds& bounds,
                            std::int64_t kept_apart_bytes, const std::vector<Handover>& handovers) {
  const auto for_each_place = [&](const std::function<void(std::uint32_t, Access&)>& visit) {
    for (std::uint32_t moment = 0; moment < moments.size(); ++moment) {
      for (Step* step : moments[moment]) {
        for_each_access(*step, [&](Access& access) { visit(moment, access); });
      }
    }
  };
  std::vector<Lifetime> lifetimes(buffers.size());
  std::vector<bool> is_used(buffers.size(), false);
  for_each_place([&](std::uint32_t moment, const Access& access) {
    if (access.memory != Memory::arena) {
      return;
    }
    Lifetime& lifetime = lifetimes[access.index];
    const Buffer& buffer = buffers[access.index];
    lifetime.first = is_used[access.index] ? lifetime.first : moment;
    lifetime.last = moment;
    lifetime.size_bytes = bytes_of(buffer, bounds) * (buffer.has_batch ? samples : 1);
    is_used[access.index] = true;
  });
  std::int64_t all_bytes = 0;
  for (const Lifetime& lifetime : lifetimes) {
    all_bytes += round_up(lifetime.size_bytes, kArenaAlign);
  }
  if (all_bytes <= kept_apart_bytes) {
    for (Lifetime& lifetime : lifetimes) {
      if (lifetime.size_bytes >= kLeastKeptApart) {
        lifetime.first = 0;
        lifetime.last = static_cast<std::uint32_t>(moments.size());
      }
    }
  }
  const ArenaLayout layout = place_buffers(lifetimes, kArenaAlign, handovers);
  for_each_place([&](std::uint32_t, Access& access) {
    if (access.memory == Memory::arena) {
      access.offset_bytes = access.offset_bytes + layout.offsets[access.index];
      access.index = 0;
    } else if (access.memory == Memory::weights) {
      access.offset_bytes = access.offset_bytes + prepared.offset_bytes(access.index);
      access.index = 0;
    }
  });
  return layout.total_bytes;
}

}  // namespace kdlc::plan
