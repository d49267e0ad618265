// Step after step, the cheapest of: on in the region at hand, cut so that no thread needs what another computes there;
// the same on one of its threads; a new region, cut in the best way; a new region on one thread. A region costs
// the start and the meeting of its threads. Steps of a unit are done both ways, one by one and as one, and what costs
// less is kept.
//
//   conv (rows halved) | depthwise (rows halved), pointwise (the same rows) | pool, dense on one thread
#include "plan/regions.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "plan/borders.hpp"
#include "plan/cut_step.hpp"
#include "plan/foreign_bytes.hpp"
#include "plan/step_accesses.hpp"
#include "plan/step_cost.hpp"

namespace kdlc::plan {
namespace {

/// For a byte that a step writes in the region of earlier ones: within a region no memory is used again, so that it
/// comes from further away. Large steps may as well meet. Borders have their place from before, and so have outputs.
constexpr double kFreshByteNanoseconds = 0.01;
/// Threads pay when they save this much of the whole; half of it will do where it is worth several meetings.
constexpr double kLeastSaving = 0.1;
constexpr double kSavedMeetings = 6;

/// One way to do a step.
struct Plot {
  std::vector<Share> shares;
  std::vector<double> nanoseconds;  // by thread
  CutEnds ends;                     // empty: not cut
};

struct Choice {
  Plot plot;
  double cost = 0;     // nanoseconds that it adds
  bool joins = false;  // the region at hand
};

/// The region at hand: what every thread has touched in it, and how long it is busy.
struct OpenRegion {
  Region region;
  std::vector<Footprints> touched;
  std::vector<double> busy;

  [[nodiscard]] double longest() const { return busy.empty() ? 0 : *std::max_element(busy.begin(), busy.end()); }
};

class RegionMaker {
public:
  explicit RegionMaker(const RegionOptions& options) : options_(&options) { open(); }

  /// Borders wait for who reads them: so they are computed by the same thread, or in passing.
  void add(const Step& step) {
    total_alone_ += nanoseconds(step);
    if (is_border(step)) {
      borders_.push_back(step);
      return;
    }
    const std::vector<Step> borders = take_borders_of(step, borders_);
    std::optional<RegionMaker> by_channels;
    if (!borders.empty()) {
      by_channels = *this;
      if (!by_channels->add_channels(step, borders)) {
        by_channels.reset();
      }
    }
    for (const Step& border : borders) {
      add_border(border, only_reader(border, step, options_->machine, options_->threads));
    }
    add_in_turn(step);
    if (by_channels && by_channels->cost() <= cost()) {
      *this = std::move(*by_channels);
    }
  }

  /// Borders that nobody has read so far.
  void add_borders() {
    for (const Step& border : std::exchange(borders_, {})) {
      add_in_turn(border);
    }
  }

  /// All of a unit's steps, each thread its part of them; false where the unit cannot be cut.
  bool add(const Unit& unit, double alone) {
    add_borders();
    total_alone_ += alone;
    Choice choice{.plot = {}, .cost = std::numeric_limits<double>::infinity()};
    for (const Unit::Axis& axis : unit.axes) {
      for (const CutEnds& ends : ways_to_cut({.size = axis.size, .grain = axis.grain})) {
        if (std::vector<Share> shares = axis.cut(ends); !shares.empty()) {
          consider(choice, plot_of(std::move(shares), ends));
        }
      }
    }
    if (choice.plot.shares.empty()) {
      return false;
    }
    take(choice);
    return true;
  }

  /// All of a unit's steps, in this pipeline.
  void add(const Pipeline& pipeline, double alone) {
    add_borders();
    const double alone_before = total_alone_;
    std::for_each(pipeline.before.begin(), pipeline.before.end(), [&](const Step& step) { add(step); });
    add_borders();
    for (const Region& region : pipeline.regions) {
      close();
      // Turn by turn the processor looks ahead: what the thread before has written costs no wait (LSTM, 2 KB a turn).
      enter(plot_of(region.shares, {}, kFarForeignByteNanoseconds));
      open_.region.rounds = region.rounds;
    }
    close();
    total_alone_ = alone_before + alone;
  }

  /// Of all steps so far.
  [[nodiscard]] double cost() const { return total_ + cost_of_region(); }
  [[nodiscard]] double cost_alone() const { return total_alone_; }

  TogetherPlan finish() {
    add_borders();
    close();
    const double saving = total_alone_ - total_;
    const double least = saving > kSavedMeetings * options_->meeting_nanoseconds ? kLeastSaving / 2 : kLeastSaving;
    if (options_->meeting_nanoseconds > 0 && saving < least * total_alone_) {
      return {.regions = {}, .nanoseconds = total_alone_};
    }
    return {.regions = std::move(done_), .nanoseconds = total_};
  }

private:
  void add_in_turn(const Step& step) {
    Choice choice{.plot = plot_of({whole_step(step, 0, scratch_bytes(step))}), .joins = !is_shared()};
    choice.cost = choice.plot.nanoseconds.front();
    // Whole, on the thread that has least to do: beside a loop that nobody can share, this makes a region of several.
    if (Plot aside = plot_of({whole_step(step, idlest(), scratch_bytes(step))});
        (is_shared() || has_loop()) && !conflicts(aside)) {
      consider(choice, std::move(aside), true);
    }
    for (const CutAxis& axis : cut_axes(step, options_->machine)) {
      for (const CutEnds& ends : ways_to_cut(axis)) {
        consider(choice, plot_of(cut_step(step, axis, ends, scratch_bytes(step)), ends));
      }
    }
    take(choice);
  }

  /// On the thread that will read it, if only one will, in the region at hand.
  void add_border(const Step& border, std::optional<std::int64_t> reader) {
    if (reader && is_shared()) {
      if (const Plot plot = plot_of({whole_step(border, *reader, 0)}); !conflicts(plot)) {
        enter(plot);
        return;
      }
    }
    add_in_turn(border);
  }

  /// Each thread some channels, with all that the windows see of them; false where they cannot be cut.
  bool add_channels(const Step& step, const std::vector<Step>& borders) {
    Choice choice{.plot = {}, .cost = std::numeric_limits<double>::infinity()};
    for (const CutAxis& axis : cut_axes(step, options_->machine)) {
      for (const CutEnds& ends : ways_to_cut(axis)) {
        if (std::vector<Share> shares = cut_channels(step, borders, axis, ends); !shares.empty()) {
          consider(choice, plot_of(std::move(shares), ends));
        }
      }
    }
    if (choice.plot.shares.empty()) {
      return false;
    }
    take(choice);
    return true;
  }

  /// Keeps the plot where it costs less than the choice so far: in a new region, and in the one at hand if it can.
  void consider(Choice& choice, Plot plot) {
    if (is_shared() && !conflicts(plot)) {
      consider(choice, plot, true);
    }
    consider(choice, std::move(plot), false);
  }
  void consider(Choice& choice, Plot plot, bool joins) {
    const double cost = joins ? cost_of_joining(plot) : cost_of_opening(plot);
    if (cost < choice.cost) {
      choice = {.plot = std::move(plot), .cost = cost, .joins = joins};
    }
  }
  void take(const Choice& choice) {
    if (!choice.joins) {
      close();
    }
    enter(choice.plot);
  }

  [[nodiscard]] double nanoseconds(const Step& step) const {
    return step_nanoseconds(step, options_->machine, options_->bounds);
  }
  [[nodiscard]] std::int64_t scratch_bytes(const Step& step) const { return scratch_bytes_of(step, *options_); }
  /// Where meeting costs nothing, nothing keeps steps whole.
  [[nodiscard]] double if_meeting_costs(double nanoseconds) const {
    return options_->meeting_nanoseconds > 0 ? nanoseconds : 0;
  }
  [[nodiscard]] bool is_shared() const { return open_.region.threads > 1; }
  [[nodiscard]] bool has_loop() const {
    return std::any_of(open_.region.shares.begin(), open_.region.shares.end(),
                       [](const Share& share) { return std::holds_alternative<LoopStep>(share.step.kernel); });
  }
  [[nodiscard]] std::int64_t idlest() const {
    return std::min_element(open_.busy.begin(), open_.busy.end()) - open_.busy.begin();
  }

  [[nodiscard]] Plot plot_of(std::vector<Share> shares, CutEnds ends = {},
                             double foreign_byte_nanoseconds = kForeignByteNanoseconds) const {
    Plot plot{.shares = std::move(shares), .nanoseconds = std::vector<double>(count(), 0.0), .ends = std::move(ends)};
    for (const Share& share : plot.shares) {
      const double time = nanoseconds(share.step);
      for (std::int64_t number = 0; number < share.threads; ++number) {
        const std::int64_t thread = share.first + number;
        plot.nanoseconds[static_cast<std::size_t>(thread)] +=
            time + if_meeting_costs(written_.foreign_nanoseconds(footprints_of(share.step, number), thread,
                                                                 foreign_byte_nanoseconds));
      }
    }
    return plot;
  }

  /// Evenly by whole blocks, evenly by elements, and where the threads' work in the region at hand ends.
  [[nodiscard]] std::vector<CutEnds> ways_to_cut(const CutAxis& axis) const {
    std::vector<CutEnds> ways;
    const auto add_way = [&](const CutEnds& ends) {
      if (ends.front() < axis.size && std::find(ways.begin(), ways.end(), ends) == ways.end()) {
        ways.push_back(ends);
      }
    };
    add_way(even_ends(axis.size, axis.grain, options_->threads));
    if (!axis.needs_grain) {
      add_way(even_ends(axis.size, 1, options_->threads));
      for (const CutEnds& ends : ends_of_region_) {
        add_way(scaled(ends, axis.size));
      }
    }
    return ways;
  }

  [[nodiscard]] std::size_t count() const { return static_cast<std::size_t>(options_->threads); }

  [[nodiscard]] double cost_of_joining(const Plot& plot) const {
    double longest = 0;
    double fresh_bytes = 0;
    const std::vector<Footprints> touched = footprints(plot);
    for (std::size_t thread = 0; thread < count(); ++thread) {
      longest = std::max(longest, open_.busy[thread] + plot.nanoseconds[thread]);
      if (!touched[thread].reads.empty()) {
        fresh_bytes = std::max(
            fresh_bytes, std::min(bytes_in_arena(touched[thread].writes), bytes_in_arena(open_.touched[thread].reads)));
      }
    }
    const bool is_first_beside = !is_shared() && plot.shares.back().first + plot.shares.back().threads > 1;
    return longest - open_.longest() + if_meeting_costs(kFreshByteNanoseconds) * fresh_bytes +
           (is_first_beside ? options_->meeting_nanoseconds : 0);
  }
  /// From the first to the last byte of each.
  static double bytes_in_arena(const std::vector<Footprint>& footprints) {
    double bytes = 0;
    for (const Footprint& footprint : footprints) {
      const ByteRange hull = footprint.box ? hull_of(*footprint.box) : ByteRange{};
      bytes += footprint.memory == Memory::arena ? static_cast<double>(hull.end - hull.begin) : 0;
    }
    return bytes;
  }
  [[nodiscard]] double cost_of_opening(const Plot& plot) {
    return options_->meeting_nanoseconds + *std::max_element(plot.nanoseconds.begin(), plot.nanoseconds.end());
  }

  static void append(Footprints& all, const Footprints& more) {
    all.reads.insert(all.reads.end(), more.reads.begin(), more.reads.end());
    all.writes.insert(all.writes.end(), more.writes.begin(), more.writes.end());
  }

  [[nodiscard]] std::vector<Footprints> footprints(const Plot& plot) const {
    std::vector<Footprints> by_thread(count());
    for (const Share& share : plot.shares) {
      for (std::int64_t thread = 0; thread < share.threads; ++thread) {
        append(by_thread[static_cast<std::size_t>(share.first + thread)], footprints_of(share.step, thread));
      }
    }
    return by_thread;
  }

  [[nodiscard]] bool conflicts(const Plot& plot) const {
    const std::vector<Footprints> wanted = footprints(plot);
    for (std::size_t one = 0; one < count(); ++one) {
      for (std::size_t other = 0; other < count(); ++other) {
        if (one != other && may_conflict(open_.touched[one], wanted[other])) {
          return true;
        }
      }
    }
    return false;
  }

  void open() {
    open_ = {.region = {}, .touched = std::vector<Footprints>(count()), .busy = std::vector<double>(count())};
  }

  /// Of the region at hand.
  [[nodiscard]] double cost_of_region() const {
    const double once = open_.longest() + (is_shared() ? options_->meeting_nanoseconds : 0);
    return once * static_cast<double>(open_.region.rounds);
  }

  void close() {
    if (!open_.region.shares.empty()) {
      total_ += cost_of_region();
      done_.push_back(std::move(open_.region));
    }
    ends_of_region_.clear();
    open();
  }

  void enter(const Plot& plot) {
    const std::vector<Footprints> touched = footprints(plot);
    for (std::size_t thread = 0; thread < count(); ++thread) {
      append(open_.touched[thread], touched[thread]);
      open_.busy[thread] += plot.nanoseconds[thread];
      written_.add(static_cast<std::int64_t>(thread), touched[thread].writes);
    }
    if (!plot.ends.empty()) {
      ends_of_region_.push_back(plot.ends);
    }
    for (const Share& share : plot.shares) {
      open_.region.threads = std::max(open_.region.threads, share.first + share.threads);
      open_.region.shares.push_back(share);
    }
  }

  const RegionOptions* options_;
  OpenRegion open_;
  WrittenBytes written_;  // so far
  std::vector<CutEnds> ends_of_region_;
  std::vector<Step> borders_;  // not yet in a region
  std::vector<Region> done_;
  double total_ = 0;        // nanoseconds with threads
  double total_alone_ = 0;  // and without
};

}  // namespace

std::int64_t scratch_bytes_of(const Step& step, const RegionOptions& options) {
  const Access* scratch = scratch_of(step);
  return scratch != nullptr && scratch->memory == Memory::arena ? options.scratch_bytes(scratch->index) : 0;
}

TogetherPlan make_regions(const std::vector<Step>& steps, const std::vector<Unit>& units,
                          const RegionOptions& options) {
  RegionMaker maker(options);
  auto unit = units.begin();
  for (std::size_t number = 0; number < steps.size();) {
    while (unit != units.end() && unit->begin < number) {
      ++unit;  // it begins within another one
    }
    if (unit == units.end() || unit->begin != number) {
      maker.add(steps[number++]);
      continue;
    }
    maker.add_borders();
    const RegionMaker before = maker;
    while (number < unit->end) {
      maker.add(steps[number++]);
    }
    maker.add_borders();
    const double alone = maker.cost_alone() - before.cost_alone();
    bool is_one_by_one = true;
    const auto consider = [&](RegionMaker as_one) {
      if ((is_one_by_one && options.meeting_nanoseconds == 0) || as_one.cost() < maker.cost()) {
        maker = std::move(as_one);
        is_one_by_one = false;
      }
    };
    if (RegionMaker as_one = before; as_one.add(*unit, alone)) {
      consider(std::move(as_one));
    }
    for (const Pipeline& pipeline : unit->pipelines) {
      RegionMaker as_one = before;
      as_one.add(pipeline, alone);
      consider(std::move(as_one));
    }
    ++unit;
  }
  return maker.finish();
}

}  // namespace kdlc::plan
