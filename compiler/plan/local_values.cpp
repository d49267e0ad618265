// Ranges of the arena that steps share, and which of them become locals.
#include "plan/local_values.hpp"

#include <algorithm>
#include <optional>

#include "plan/step_accesses.hpp"

namespace kdlc::plan {
namespace {

/// Larger values are walked in loops, and stay in memory wherever they are.
constexpr std::int64_t kLocalBytes = 512;
/// Of all locals together: a call uses little stack.
constexpr std::int64_t kAllLocalBytes = 2048;

/// Bytes of the arena that no access lies in by half, and the steps that touch them.
struct SharedRange {
  ByteRange bytes;
  std::size_t first_step = 0;
  std::size_t last_step = 0;
};

/// Joins `range` with all that it meets.
void add_range(std::vector<SharedRange>& ranges, SharedRange range) {
  const auto meets = [&range](const SharedRange& other) { return !are_disjoint(range.bytes, other.bytes); };
  for (auto met = std::find_if(ranges.begin(), ranges.end(), meets); met != ranges.end();
       met = std::find_if(ranges.begin(), ranges.end(), meets)) {
    range = {.bytes = {.begin = std::min(range.bytes.begin, met->bytes.begin),
                       .end = std::max(range.bytes.end, met->bytes.end)},
             .first_step = std::min(range.first_step, met->first_step),
             .last_step = std::max(range.last_step, met->last_step)};
    ranges.erase(met);
  }
  ranges.push_back(range);
}

/// Whether the arena's places that the step touches move with the turns of a loop.
bool moves_in_loop(Step step) {
  bool moves = false;
  for_each_access(step, [&](const Access& access) {
    moves = moves || (access.memory == Memory::arena && !access.offset_bytes.is_constant());
  });
  return moves;
}

/// Of all values; nullopt where a place or a size is not known.
std::optional<std::vector<SharedRange>> shared_ranges(const std::vector<Step>& steps) {
  std::vector<SharedRange> ranges;
  for (std::size_t number = 0; number < steps.size(); ++number) {
    // A call may leave out a loop whose turns are no number, and another call find what this one left: so steps are
    // timed one by one.
    const auto* loop = std::get_if<LoopStep>(&steps[number].kernel);
    if (loop != nullptr && (!loop->turns.is_constant() || moves_in_loop(steps[number]))) {
      return std::nullopt;
    }
    Footprints touched = footprints_of(steps[number], 0);
    touched.reads.insert(touched.reads.end(), touched.writes.begin(), touched.writes.end());
    for (const Footprint& footprint : touched.reads) {
      if (footprint.memory != Memory::arena) {
        continue;
      }
      if (!footprint.box) {
        return std::nullopt;
      }
      add_range(ranges, {.bytes = hull_of(*footprint.box), .first_step = number, .last_step = number});
    }
  }
  return ranges;
}

/// The ranges that become locals. What one step alone touches stays where others may ask for it: a step is timed as a
/// plan of its own.
std::vector<ByteRange> choose_locals(const std::vector<SharedRange>& ranges) {
  std::vector<ByteRange> chosen;
  std::int64_t room = kAllLocalBytes;
  for (const SharedRange& range : ranges) {
    const std::int64_t bytes = range.bytes.end - range.bytes.begin;
    if (range.first_step != range.last_step && bytes <= std::min(room, kLocalBytes)) {
      chosen.push_back(range.bytes);
      room -= bytes;
    }
  }
  return chosen;
}

void move_into_locals(Step& step, const std::vector<ByteRange>& locals) {
  if (auto* loop = std::get_if<LoopStep>(&step.kernel)) {
    std::for_each(loop->steps.begin(), loop->steps.end(), [&](Step& inner) { move_into_locals(inner, locals); });
    return;
  }
  const Access* scratch = scratch_of(step);
  for_each_access(step, [&](Access& access) {
    if (access.memory != Memory::arena || &access == scratch) {
      return;
    }
    const std::int64_t offset = access.offset_bytes.constant();
    const auto local = std::find_if(locals.begin(), locals.end(), [offset](const ByteRange& range) {
      return range.begin <= offset && offset < range.end;
    });
    if (local != locals.end()) {
      access.memory = Memory::local;
      access.index = static_cast<std::uint32_t>(local - locals.begin());
      access.offset_bytes = offset - local->begin;
    }
  });
}

}  // namespace

LocalSteps with_locals(std::vector<Step> steps) {
  const std::vector<ByteRange> locals = choose_locals(shared_ranges(steps).value_or(std::vector<SharedRange>{}));
  LocalSteps result{.steps = std::move(steps), .local_bytes = {}};
  if (locals.empty()) {
    return result;
  }
  for (const ByteRange& local : locals) {
    result.local_bytes.push_back(local.end - local.begin);
  }
  for (Step& step : result.steps) {
    move_into_locals(step, locals);
  }
  return result;
}

}  // namespace kdlc::plan
