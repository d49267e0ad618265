// Finds steps that go along one axis in order, shares them out between threads, and chooses the chunks.
#include "plan/pipelines.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include "plan/cut_step.hpp"
#include "plan/step_accesses.hpp"
#include "plan/step_cost.hpp"

namespace kdlc::plan {
namespace {

/// A loop of fewer turns has no chunks worth a meeting.
constexpr std::int64_t kFewestTurns = 4;
/// More chunks are hardly better: what threads wait at both ends is a chunk each.
constexpr std::int64_t kMostChunks = 32;
/// Ways to cut a run that the cost model of regions compares.
constexpr std::size_t kWays = 3;
/// A smaller part of a step is not worth its own code.
constexpr double kLeastFraction = 0.1;

/// A step of which any turns (those of a loop, or elements of an axis) can be computed once the turns before are.
struct Stage {
  const Step* step = nullptr;
  std::optional<CutAxis> axis;  // none: a loop
  double nanoseconds = 0;       // of all turns
};

/// What one thread does of a stage: in each chunk the turns between these fractions of it.
struct Piece {
  std::size_t stage = 0;
  std::int64_t thread = 0;
  double begin = 0;
  double end = 1;
};

/// Neighbouring steps: the stages, and others that may as well come before all of them.
struct Run {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::int64_t turns = 0;
  std::vector<Step> before;
  std::vector<Stage> stages;
};

/// Chunks of so many turns; the turns that are left come first, on one thread.
struct Way {
  std::int64_t threads = 2;
  std::int64_t turns = 1;
  std::int64_t chunks = 1;
  std::vector<Piece> pieces;
  double nanoseconds = 0;
};

void take_turns(LoopStep& loop, const Dim& begin, std::int64_t size) {
  const Dim turn = Dim::symbol(loop.turn);
  for (Step& step : loop.steps) {
    for_each_access(
        step, [&](Access& access) { access.offset_bytes = substitute(access.offset_bytes, loop.turn, turn + begin); });
  }
  loop.turns = size;
}

Step turns_of(const Stage& stage, const Dim& begin, std::int64_t size) {
  Step step = *stage.step;
  if (stage.axis) {
    take_part(step, *stage.axis, begin, size);
  } else {
    take_turns(std::get<LoopStep>(step.kernel), begin, size);
  }
  return step;
}

class Pipelines {
public:
  Pipelines(const std::vector<Step>& steps, const RegionOptions& options) : steps_(steps), options_(options) {}

  std::vector<Unit> find() const {
    std::vector<Unit> units;
    for (std::size_t number = 0; number < steps_.size(); ++number) {
      const auto* loop = std::get_if<LoopStep>(&steps_[number].kernel);
      if (loop == nullptr || !loop->turns.is_constant() || loop->turns.constant() < kFewestTurns) {
        continue;
      }
      const std::size_t first = units.empty() ? 0 : units.back().end;
      if (std::optional<Unit> unit = unit_around(number, first, loop->turns.constant())) {
        units.push_back(std::move(*unit));
        number = units.back().end - 1;
      }
    }
    return units;
  }

private:
  /// The longest run around a loop, from step `first` on, that can be a pipeline.
  [[nodiscard]] std::optional<Unit> unit_around(std::size_t loop, std::size_t first, std::int64_t turns) const {
    std::size_t begin = loop;
    while (begin > first && (stage_of(steps_[begin - 1], turns) || is_map(steps_[begin - 1]))) {
      --begin;
    }
    for (; begin <= loop; ++begin) {
      Run run = run_from(begin, turns);
      if (run.begin != begin || run.end <= loop) {
        continue;
      }
      while (run.stages.size() > 1) {
        if (Unit unit = unit_of(run); !unit.pipelines.empty()) {
          return unit;
        }
        drop_last_stage(run);
      }
    }
    return std::nullopt;
  }

  static bool is_map(const Step& step) { return std::holds_alternative<MapStep>(step.kernel); }

  [[nodiscard]] std::optional<Stage> stage_of(const Step& step, std::int64_t turns) const {
    Stage stage{.step = &step};
    if (const auto* loop = std::get_if<LoopStep>(&step.kernel)) {
      if (loop->turns != Dim(turns)) {
        return std::nullopt;
      }
    } else if (std::holds_alternative<WindowStep>(step.kernel)) {
      return std::nullopt;  // its parts differ by what lies outside the input
    } else {
      for (const CutAxis& axis : cut_axes(step, options_.machine)) {
        const bool is_free = axis.role != CutAxis::Role::columns && !axis.needs_grain;
        if (is_free && axis.size == turns && !stage.axis) {
          stage.axis = axis;
        }
      }
      if (!stage.axis) {
        return std::nullopt;
      }
    }
    stage.nanoseconds = step_nanoseconds(step, options_.machine, options_.bounds);
    return stage;
  }

  /// From step `begin` on as far as each is a stage or can come first.
  [[nodiscard]] Run run_from(std::size_t begin, std::int64_t turns) const {
    Run run{.begin = steps_.size(), .end = begin, .turns = turns, .before = {}, .stages = {}};
    Footprints touched;
    std::vector<Step> waiting;
    for (std::size_t number = begin; number < steps_.size(); ++number) {
      const Step& step = steps_[number];
      if (const std::optional<Stage> stage = stage_of(step, turns)) {
        run.begin = std::min(run.begin, number);
        run.end = number + 1;
        run.stages.push_back(*stage);
        std::move(waiting.begin(), waiting.end(), std::back_inserter(run.before));
        waiting.clear();
        const Footprints more = footprints_of(step, 0);
        touched.reads.insert(touched.reads.end(), more.reads.begin(), more.reads.end());
        touched.writes.insert(touched.writes.end(), more.writes.begin(), more.writes.end());
      } else if (run.stages.empty() || may_conflict(touched, footprints_of(step, 0))) {
        break;
      } else {
        waiting.push_back(step);
      }
    }
    return run;
  }

  /// Ends the run before its last stage.
  void drop_last_stage(Run& run) const {
    run.stages.pop_back();
    const auto end = static_cast<std::size_t>(run.stages.back().step - steps_.data()) + 1;
    run.before.clear();
    for (run.end = run.begin; run.end < end; ++run.end) {
      if (!stage_of(steps_[run.end], run.turns)) {
        run.before.push_back(steps_[run.end]);
      }
    }
  }

  [[nodiscard]] Unit unit_of(const Run& run) const {
    std::vector<Way> ways = ways_of(run);
    std::stable_sort(ways.begin(), ways.end(),
                     [](const Way& left, const Way& right) { return left.nanoseconds < right.nanoseconds; });
    Unit unit{.begin = run.begin, .end = run.end, .axes = {}, .pipelines = {}};
    for (std::size_t number = 0; number < std::min(ways.size(), kWays); ++number) {
      if (!is_in_order(run, ways[number])) {
        return {};
      }
      unit.pipelines.push_back(pipeline_of(run, ways[number]));
    }
    return unit;
  }

  [[nodiscard]] std::vector<Way> ways_of(const Run& run) const {
    std::vector<Way> ways;
    double alone = 0;
    for (const Stage& stage : run.stages) {
      alone += stage.nanoseconds;
    }
    for (std::int64_t threads = 2; threads <= options_.threads; ++threads) {
      const std::vector<Piece> pieces = share_out(run, alone, threads);
      if (pieces.empty() || pieces.back().thread + 1 != threads) {
        continue;
      }
      std::int64_t last_turns = 0;
      for (std::int64_t chunks = 2; chunks <= std::min(kMostChunks, run.turns); ++chunks) {
        const std::int64_t turns = run.turns / chunks;
        if (turns == last_turns) {
          continue;  // more chunks of as many turns are better
        }
        last_turns = turns;
        Way way{.threads = threads, .turns = turns, .chunks = run.turns / turns, .pieces = pieces};
        way.nanoseconds = nanoseconds_of(run, way, alone);
        ways.push_back(std::move(way));
      }
    }
    return ways;
  }

  /// By the whole steps: what short parts of them cost beside is left to the cost of regions.
  [[nodiscard]] double nanoseconds_of(const Run& run, const Way& way, double alone) const {
    const auto turns = static_cast<double>(run.turns);
    std::vector<double> busy(static_cast<std::size_t>(way.threads), 0.0);  // with a chunk
    for (const Piece& piece : way.pieces) {
      busy[static_cast<std::size_t>(piece.thread)] +=
          run.stages[piece.stage].nanoseconds * (piece.end - piece.begin) * static_cast<double>(way.turns) / turns;
    }
    double nanoseconds = alone * static_cast<double>(rest_of(run, way)) / turns;
    for (std::int64_t round = 0; round < way.chunks + way.threads - 1; ++round) {
      double longest = 0;
      for (std::int64_t thread = std::max<std::int64_t>(0, round - way.chunks + 1);
           thread <= std::min(round, way.threads - 1); ++thread) {
        longest = std::max(longest, busy[static_cast<std::size_t>(thread)]);
      }
      nanoseconds += longest + (round > 0 ? options_.meeting_nanoseconds : 0);
    }
    return nanoseconds;
  }

  /// Stage after stage, each thread as much as `most` allows, for the least `most` that so many threads can keep.
  static std::vector<Piece> share_out(const Run& run, double alone, std::int64_t threads) {
    constexpr double kStep = 1.02;
    for (double most = alone / static_cast<double>(threads); most < alone; most *= kStep) {
      std::vector<Piece> pieces = fill(run, most);
      if (pieces.back().thread < threads) {
        return pieces;
      }
    }
    return {};
  }

  static std::vector<Piece> fill(const Run& run, double most) {
    std::vector<Piece> pieces;
    std::int64_t thread = 0;
    double busy = 0;
    for (std::size_t number = 0; number < run.stages.size(); ++number) {
      const Stage& stage = run.stages[number];
      double begin = 0;
      while (busy + (1 - begin) * stage.nanoseconds > most * 1.001 && busy > 0) {
        const double fits = (most - busy) / stage.nanoseconds;
        if (stage.axis && fits >= kLeastFraction && 1 - begin - fits >= kLeastFraction) {
          pieces.push_back({.stage = number, .thread = thread, .begin = begin, .end = begin + fits});
          begin += fits;
        }
        ++thread;
        busy = 0;
      }
      pieces.push_back({.stage = number, .thread = thread, .begin = begin, .end = 1});
      busy += (1 - begin) * stage.nanoseconds;
    }
    return pieces;
  }

  /// What the first chunk begins behind.
  static std::int64_t rest_of(const Run& run, const Way& way) { return run.turns - way.chunks * way.turns; }

  /// The turns of a piece in the chunk that begins at `begin`; none where its fraction of the chunk is less than one.
  static std::optional<Step> part_of(const Run& run, const Way& way, const Piece& piece, const Dim& begin) {
    const Stage& stage = run.stages[piece.stage];
    const auto round_turns = [&](double fraction) {
      return static_cast<std::int64_t>(std::lround(fraction * static_cast<double>(way.turns)));
    };
    const std::int64_t first = round_turns(piece.begin);
    const std::int64_t size = round_turns(piece.end) - first;
    return size > 0 ? std::optional(turns_of(stage, begin + Dim(first), size)) : std::nullopt;
  }

  /// Whether no stage touches in a chunk what an earlier stage touches in the chunks behind, so that it need not wait
  /// for them: a pipeline computes them afterwards, or at the same time.
  static bool is_in_order(const Run& run, const Way& way) {
    const std::int64_t rest = rest_of(run, way);
    for (std::int64_t chunk = 0; chunk + 1 < way.chunks; ++chunk) {
      const std::int64_t end = rest + (chunk + 1) * way.turns;
      Footprints behind;  // of earlier stages
      for (const Stage& stage : run.stages) {
        const Footprints now = footprints_of(turns_of(stage, Dim(end - way.turns), way.turns), 0);
        if (may_conflict(behind, now)) {
          return false;
        }
        const Footprints later = footprints_of(turns_of(stage, Dim(end), run.turns - end), 0);
        behind.reads.insert(behind.reads.end(), later.reads.begin(), later.reads.end());
        behind.writes.insert(behind.writes.end(), later.writes.begin(), later.writes.end());
      }
    }
    return true;
  }

  [[nodiscard]] Pipeline pipeline_of(const Run& run, const Way& way) const {
    Pipeline pipeline{.before = run.before, .regions = {}};
    const std::int64_t rest = rest_of(run, way);
    for (const Stage& stage : run.stages) {
      if (rest > 0) {
        pipeline.before.push_back(turns_of(stage, 0, rest));
      }
    }
    const std::int64_t rounds = way.chunks + way.threads - 1;
    for (std::int64_t round = 0; round < rounds;) {
      const bool are_all_busy = round == way.threads - 1;
      const std::int64_t count = are_all_busy ? way.chunks - way.threads + 1 : 1;
      const bool is_repeated = are_all_busy && count > 1;
      pipeline.regions.push_back(region_of(run, way, round, is_repeated ? Dim::symbol(kRoundSymbol) : Dim(0)));
      pipeline.regions.back().rounds = is_repeated ? count : 1;
      round += is_repeated ? count : 1;
    }
    return pipeline;
  }

  /// What the threads do in a round: each is one chunk behind the thread before it. `further`: rounds behind that one.
  [[nodiscard]] Region region_of(const Run& run, const Way& way, std::int64_t round, const Dim& further) const {
    Region region;
    for (const Piece& piece : way.pieces) {
      const std::int64_t chunk = round - piece.thread;
      if (chunk < 0 || chunk >= way.chunks) {
        continue;
      }
      const Dim begin = Dim(rest_of(run, way) + chunk * way.turns) + further * Dim(way.turns);
      if (std::optional<Step> step = part_of(run, way, piece, begin)) {
        region.shares.push_back(whole_step(*step, piece.thread, scratch_bytes_of(*step, options_)));
        region.threads = std::max(region.threads, piece.thread + 1);
      }
    }
    return region;
  }

  const std::vector<Step>& steps_;
  const RegionOptions& options_;
};

}  // namespace

std::vector<Unit> pipeline_units(const std::vector<Step>& steps, const RegionOptions& options) {
  return Pipelines(steps, options).find();
}

}  // namespace kdlc::plan
