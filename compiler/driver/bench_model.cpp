// How long a compiled model takes in this process: a whole call, and its steps one by one.
#include "driver/bench_model.hpp"

#include <algorithm>
#include <numeric>

#include "diagnostics/kinds.hpp"
#include "driver/machine_limits.hpp"
#include "driver/model_options.hpp"
#include "driver/thread_pool.hpp"
#include "driver/timed_model.hpp"
#include "plan/strassen.hpp"

namespace kdlc::driver {

namespace {

report::Timing timing_of(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.front()};
}

/// The times of whole calls, for half a second at least and three timings.
/// `options`: of the call. nullopt after reporting.
std::optional<report::Timing> time_whole(const LoadedCode& code, CallMemory& memory, const kdlc_options* options,
                                         Session& session) {
  constexpr double kWhole = 0.5;
  constexpr std::size_t kLeastCount = 3;
  constexpr std::size_t kMostCount = 20000;
  if (const std::int32_t status = code.run(memory, memory.sizes, options); status != KDLC_OK) {
    session.report.add(Span{}, diag::ModelRefused, code.model().name, "status " + std::to_string(status));
    return std::nullopt;
  }
  const std::int64_t calls = calls_in_timing(code, memory, options);
  std::vector<double> times;
  const auto begin = Clock::now();
  while (times.size() < kLeastCount || (times.size() < kMostCount && seconds_since(begin) < kWhole)) {
    times.push_back(time_calls(code, memory, calls, options));
  }
  return timing_of(std::move(times));
}

/// The same calls with the threads that the plan has.
std::optional<report::ThreadedTiming> time_threads(const plan::Plan& plan, const LoadedCode& code, CallMemory& memory,
                                                   std::int64_t samples, Session& session) {
  const ThreadPool pool(code.model());
  kdlc_options options{};
  options.struct_bytes = sizeof options;
  pool.enter_into(options);
  const auto timing = time_whole(code, memory, &options, session);
  if (!timing) {
    return std::nullopt;
  }
  const plan::Threads& threads = plan.threads;
  return report::ThreadedTiming{
      .threads = threads.count,
      .shares_samples = threads.least_samples > 0 && samples >= threads.least_samples,
      .meetings = std::accumulate(
          threads.regions.begin(), threads.regions.end(), std::int64_t{0},
          [](std::int64_t sum, const plan::Region& region) { return sum + (region.threads > 1 ? region.rounds : 0); }),
      .whole = *timing};
}

/// The seconds of each step of the body, called in turn for about a second, without what a call adds: what one takes
/// that does nothing. nullopt after reporting.
std::optional<std::vector<double>> time_steps(const Compiled& compiled, const std::string& packed, CallMemory& memory,
                                              Session& session) {
  constexpr double kWhole = 1.0;
  constexpr std::size_t kLeastRounds = 3;
  constexpr std::size_t kMostRounds = 20000;
  const codegen::Options options = codegen_options(compiled, {.place = WeightsPlace::external}, session.arguments);
  auto steps = TimedSteps::compile(compiled.plan, options, packed, memory, session);
  if (!steps) {
    return std::nullopt;
  }
  StepRounds times;
  const auto begin = Clock::now();
  for (std::size_t round = 0; round < kLeastRounds || (round < kMostRounds && seconds_since(begin) < kWhole); ++round) {
    const std::vector<double> pass = steps->time_pass(round);
    times.resize(pass.size());
    for (std::size_t index = 0; index < pass.size(); ++index) {
      times[index].push_back(pass[index]);
    }
  }
  take_off_calls(times);
  std::vector<double> seconds;
  for (std::vector<double>& one : times) {
    seconds.push_back(timing_of(std::move(one)).median);
  }
  return seconds;
}

}  // namespace

std::optional<report::BenchFacts> bench_model(const Compiled& compiled, const std::string& packed,
                                              const BenchOptions& options, Session& session) {
  const plan::Plan& plan = compiled.plan;
  CallMemory memory(plan, timed_arena_bytes(plan), packed.size(), options.samples);
  const auto whole = LoadedCode::load(compiled.code, compiled.prefix, packed, memory, session);
  const auto timing = whole.has_value() ? time_whole(*whole, memory, nullptr, session) : std::nullopt;
  if (!timing.has_value()) {
    return std::nullopt;
  }
  // More samples than a chunk are several chunks; their steps are those of one.
  const plan::Body& body = options.samples == 1 ? plan.single : plan.chunk;
  report::BenchFacts facts;
  facts.name = plan.graph.name;
  facts.samples = options.samples;
  facts.whole = *timing;
  if (plan.threads.count > 1) {
    facts.threaded = time_threads(plan, *whole, memory, options.samples, session);
    if (!facts.threaded) {
      return std::nullopt;
    }
  }
  // Without what only the other body reads.
  facts.packed_bytes = static_cast<double>(plan.packed_bytes - plan::strassen_bytes(plan.chunk.steps) +
                                           plan::strassen_bytes(body.steps));
  facts.steps = report::describe_steps(plan, body, compiled.target.machine, options.samples);
  facts.limits = measure_limits();
  if (options.layers) {
    const auto seconds = time_steps(compiled, packed, memory, session);
    if (!seconds.has_value()) {
      return std::nullopt;
    }
    facts.has_layers = true;
    std::size_t timed = 0;
    for (report::StepFacts& step : facts.steps) {
      step.seconds = step.depth == 0 ? (*seconds)[timed++] : 0;
    }
  }
  return facts;
}

}  // namespace kdlc::driver
