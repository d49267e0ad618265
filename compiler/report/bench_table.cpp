// What `kdlc bench` prints: times beside what the processor could do.
#include "report/bench_table.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/text_table.hpp"

namespace kdlc::report {

namespace {

constexpr double kGiga = 1e9;

std::string time_text(double seconds) {
  constexpr double kMicro = 1e-6;
  constexpr double kMilli = 1e-3;
  if (seconds < kMicro) {
    return fmt::format("{:.1f} ns", seconds / (kMicro * kMilli));
  }
  return seconds < kMilli ? fmt::format("{:.2f} µs", seconds / kMicro) : fmt::format("{:.3f} ms", seconds / kMilli);
}

std::string share_text(double part, double whole) {
  return whole > 0 ? fmt::format("{:.0f} %", 100 * part / whole) : "";
}

/// What sets the limit of a step; in brackets where the step is so far from it that its time goes elsewhere.
std::string bound_text(const StepFacts& step, const StepLimit& limit, const BenchFacts& facts) {
  constexpr double kLeastShare = 0.25;
  std::string text = "arithmetic";
  if (limit.arithmetic_seconds < limit.weight_seconds + limit.moved_seconds) {
    const bool is_weights = limit.weight_seconds >= limit.moved_seconds;
    const double rate = facts.limits.rate_of(is_weights ? facts.packed_bytes : step.moved_bytes / step.turns);
    text = fmt::format("{}, {:.0f} GB/s", is_weights ? "weights" : "tensors", rate / kGiga);
  }
  return limit.seconds < kLeastShare * step.seconds ? "(" + text + ")" : text;
}

std::string layers_text(const BenchFacts& facts, int width) {
  const std::vector<StepFacts> steps = merge_repeats(facts.steps);
  double sum = 0;
  for (const StepFacts& step : steps) {
    sum += step.seconds;
  }
  std::vector<std::vector<std::string>> rows;
  for (const StepFacts& step : steps) {
    std::vector<std::string> row = {std::string(2 * step.depth, ' ') + step.name, step.kernel, step.shape, step.blocks};
    if (step.depth == 0) {
      const StepLimit limit = limit_of(step, facts.packed_bytes, facts.limits);
      const auto rate = [&](double amount) {
        return step.seconds > 0 ? fmt::format("{:.1f}", amount / step.seconds / kGiga) : std::string();
      };
      row.insert(row.end(), {time_text(step.seconds), share_text(step.seconds, sum), rate(step.operations),
                             rate(step.weight_bytes + step.moved_bytes), share_text(limit.seconds, step.seconds),
                             bound_text(step, limit, facts)});
    } else {
      row.insert(row.end(), 6, "");
    }
    rows.push_back(std::move(row));
  }
  return layout_table({{.title = "step", .wraps = true},
                       {.title = "kernel"},
                       {.title = "shape", .wraps = true},
                       {.title = "block", .wraps = true},
                       {.title = "time", .align = Align::right},
                       {.title = "part", .align = Align::right},
                       {.title = "GFLOP/s", .align = Align::right},
                       {.title = "GB/s", .align = Align::right},
                       {.title = "of limit", .align = Align::right},
                       {.title = "bound by", .wraps = true}},
                      rows, static_cast<std::size_t>(width)) +
         fmt::format("\nthe steps one by one take {}, the whole call {}; in brackets: far from any limit\n",
                     time_text(sum), time_text(facts.whole.median));
}

std::string threads_text(const ThreadedTiming& threaded, const Timing& alone) {
  const std::string split = threaded.shares_samples  ? "each has samples of its own"
                            : threaded.meetings == 0 ? "no step is worth several threads"
                            : threaded.meetings == 1 ? "they meet once"
                                                     : fmt::format("they meet {} times", threaded.meetings);
  return fmt::format("{} threads: {} a call (fastest {}), {:.2f} × as fast as one; {}\n", threaded.threads,
                     time_text(threaded.whole.median), time_text(threaded.whole.fastest),
                     alone.median / threaded.whole.median, split);
}

}  // namespace

double MachineLimits::rate_of(double bytes) const {
  for (std::size_t index = 0; index < levels.size(); ++index) {
    const Level& large = levels[index];
    if (bytes > large.bytes) {
      continue;
    }
    if (index == 0) {
      return large.bytes_per_second;
    }
    const Level& small = levels[index - 1];
    const double part = std::log(bytes / small.bytes) / std::log(large.bytes / small.bytes);
    return small.bytes_per_second + part * (large.bytes_per_second - small.bytes_per_second);
  }
  return levels.back().bytes_per_second;
}

StepLimit limit_of(const StepFacts& step, double packed_bytes, const MachineLimits& limits) {
  StepLimit limit;
  limit.arithmetic_seconds = step.operations / limits.flops;
  limit.weight_seconds = step.weight_bytes / limits.rate_of(packed_bytes);
  limit.moved_seconds = step.moved_bytes / limits.rate_of(step.moved_bytes / step.turns);
  limit.seconds = std::max(limit.arithmetic_seconds, limit.weight_seconds + limit.moved_seconds);
  return limit;
}

std::string bench_text(const BenchFacts& facts, int width) {
  double operations = 0;
  double least = 0;
  for (const StepFacts& step : facts.steps) {
    operations += step.depth == 0 ? step.operations : 0;
    least += step.depth == 0 ? limit_of(step, facts.packed_bytes, facts.limits).seconds : 0;
  }
  const double seconds = facts.whole.median;
  std::string text =
      fmt::format("{}, {} {}: {} a call (fastest {}), {:.1f} GFLOP/s, {} of the limit\n", facts.name, facts.samples,
                  facts.samples == 1 ? "sample" : "samples", time_text(seconds), time_text(facts.whole.fastest),
                  operations / seconds / kGiga, share_text(least, seconds));
  text += fmt::format("limit {}: each step at the peak of one core, {:.0f} GFLOP/s, or at the rate of its memory:",
                      time_text(least), facts.limits.flops / kGiga);
  for (const MachineLimits::Level& level : facts.limits.levels) {
    text += fmt::format(" {:.0f} KiB {:.0f} GB/s{}", level.bytes / 1024, level.bytes_per_second / kGiga,
                        &level == &facts.limits.levels.back() ? "\n" : ",");
  }
  if (facts.threaded) {
    text += threads_text(*facts.threaded, facts.whole);
  }
  text += fmt::format("compiled in {}\n", time_text(facts.compile_seconds));
  return facts.has_layers ? text + "\n" + layers_text(facts, width) : text;
}

}  // namespace kdlc::report
