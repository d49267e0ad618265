// Planning with measured choices: those of a file, and with --tune those that are still missing.
#include "driver/tune_model.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "driver/timed_model.hpp"
#include "driver/tuning.hpp"
#include "driver/tuning_cache.hpp"

namespace kdlc::driver {

namespace {

/// Ways to compute the model in one pass: beside the cost model's, one for each candidate.
constexpr std::size_t kCandidates = 6;
/// Rounds of a pass: for so long, within these bounds.
constexpr double kSecondsOfPass = 0.8;
constexpr std::size_t kLeastRounds = 11;
constexpr std::size_t kMostRounds = 400;

/// Times plans in this process, on one thread. Their weights are zeros: what an instruction takes does not depend on
/// the numbers, and nothing decays to numbers that it does depend on.
class PlanTimer {
public:
  PlanTimer(codegen::Options options, Session& session) : options_(std::move(options)), session_(session) {}

  std::optional<std::vector<StepRounds>> time(const std::vector<plan::Plan>& plans, TimedBody body, TimedScope scope) {
    std::size_t arena_bytes = 0;
    std::int64_t packed_bytes = 0;
    for (const plan::Plan& plan : plans) {
      arena_bytes = std::max(arena_bytes, timed_arena_bytes(plan));
      packed_bytes = std::max(packed_bytes, plan.packed_bytes);
    }
    const std::int64_t samples = body == TimedBody::single ? 1 : plans.front().chunk.samples;
    CallMemory memory(plans.front(), arena_bytes, static_cast<std::size_t>(packed_bytes) + sizeof(kdlc_packed_header),
                      samples);
    std::vector<Way> ways;
    for (const plan::Plan& plan : plans) {
      tell_progress(fmt::format("compiling way {} of {}", ways.size() + 1, plans.size()));
      Way way = scope == TimedScope::steps ? steps_of(plan, memory) : call_of(plan, memory);
      if (!way) {
        tell_progress("");
        return std::nullopt;
      }
      ways.push_back(std::move(way));
    }
    tell_progress(fmt::format("timing {} ways", plans.size()));
    std::vector<StepRounds> times = time_in_turn(ways);
    tell_progress("");
    if (scope == TimedScope::steps) {
      std::for_each(times.begin(), times.end(), take_off_calls);
    }
    return times;
  }

private:
  /// A compiled plan: what each of its parts takes in a round. Empty where it could not be compiled.
  using Way = std::function<std::vector<double>(std::size_t round)>;

  Way steps_of(const plan::Plan& plan, CallMemory& memory) {
    auto steps = TimedSteps::compile(plan, options_, codegen::packed_file(plan, zeros_of(plan)), memory, session_);
    if (!steps) {
      return {};
    }
    const auto shared = std::make_shared<TimedSteps>(std::move(*steps));
    return [shared](std::size_t round) { return shared->time_pass(round); };
  }

  Way call_of(const plan::Plan& plan, CallMemory& memory) {
    const auto code = codegen::compile(plan, options_, session_.report);
    auto loaded =
        code ? LoadedCode::load(*code, options_.prefix, codegen::packed_file(plan, zeros_of(plan)), memory, session_)
             : std::nullopt;
    if (!loaded) {
      return {};
    }
    const auto shared = std::make_shared<LoadedCode>(std::move(*loaded));
    const std::int64_t calls = calls_in_timing(*shared, memory);
    return [shared, calls, &memory](std::size_t) { return std::vector{time_calls(*shared, memory, calls)}; };
  }

  static std::vector<std::byte> zeros_of(const plan::Plan& plan) {
    return std::vector<std::byte>(static_cast<std::size_t>(plan.packed_bytes));
  }

  static std::vector<StepRounds> time_in_turn(const std::vector<Way>& ways) {
    std::vector<StepRounds> times(ways.size());
    const auto begin = Clock::now();
    for (std::size_t round = 0;
         round <= kLeastRounds || (round <= kMostRounds && seconds_since(begin) < kSecondsOfPass); ++round) {
      for (std::size_t way = 0; way < ways.size(); ++way) {
        const std::vector<double> pass = ways[way](round);
        times[way].resize(pass.size());
        for (std::size_t step = 0; step < pass.size() && round > 0; ++step) {  // the first one warms up
          times[way][step].push_back(pass[step]);
        }
      }
    }
    return times;
  }

  void tell_progress(const std::string& text) {
    if (session_.console.shows_progress()) {
      session_.console.tell(text.empty() ? "\r\033[K" : "\rtuning: " + text + "\033[K");
    }
  }

  codegen::Options options_;
  Session& session_;
};

}  // namespace

std::optional<plan::Plan> plan_graph(graph::Graph graph, plan::Options options, const codegen::Target& target,
                                     const std::string& prefix, Session& session) {
  const Arguments& arguments = session.arguments;
  if (!arguments.tune && arguments.tune_cache.empty()) {
    return plan::make_plan(std::move(graph), options);
  }
  const std::optional<std::string> processor = codegen::host_processor(target);
  if (!processor) {
    session.report
        .add(Span{}, diag::TunedElsewhere, arguments.tune ? "--tune" : "--tune-cache", target.cpu, target.triple)
        .help("leave `--cpu` and `--target` out");
    return std::nullopt;
  }
  const std::string machine = machine_text(*processor, target.machine);
  const std::optional<std::string> path = tuning_path(session);
  std::optional<plan::MeasuredChoices> choices =
      path ? read_tuning(*path, machine, arguments.tune, session) : std::nullopt;
  if (choices && arguments.tune) {
    session.enter("tuning");
    PlanTimer timer({.target = target, .prefix = prefix, .strict = arguments.strict, .embedded_weights = {}}, session);
    const PlanWith plan_with = [&](const plan::MeasuredChoices& answers) {
      plan::Options with = options;
      with.measured = &answers;
      with.candidates = kCandidates;
      return plan::make_plan(graph, with);
    };
    const std::size_t known = choices->by_question.size();
    choices = tune(
        plan_with, [&](const auto& plans, TimedBody body, TimedScope scope) { return timer.time(plans, body, scope); },
        std::move(*choices));
    if (choices && choices->by_question.size() > known && !add_tuning(*path, machine, *choices, session)) {
      return std::nullopt;
    }
  }
  if (!choices) {
    return std::nullopt;
  }
  options.measured = &*choices;
  return plan::make_plan(std::move(graph), options);
}

}  // namespace kdlc::driver
