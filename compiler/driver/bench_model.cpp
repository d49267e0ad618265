// How long a compiled model takes in this process: a whole call, and its steps one by one.
//
// A step is timed where it stands: a plan of this step alone, over the same arena and weights, is compiled for each,
// and these parts are called in order. So every step meets the caches as the one before left them, as in the whole
// call, and shipped code holds nothing for it.
#include "driver/bench_model.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

#include "diagnostics/kinds.hpp"
#include "driver/batch_runner.hpp"
#include "driver/machine_limits.hpp"
#include "driver/model_options.hpp"
#include "kdlc_abi.h"
#include "link/link.hpp"

namespace kdlc::driver {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

report::Timing timing_of(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.front()};
}

/// Memory that begins at a multiple of 64.
class AlignedBytes {
public:
  explicit AlignedBytes(std::size_t size) : bytes_(size + kAlignment) {
    void* place = bytes_.data();
    std::size_t space = bytes_.size();
    begin_ = static_cast<std::byte*>(std::align(kAlignment, std::max<std::size_t>(size, 1), place, space));
  }
  [[nodiscard]] std::byte* begin() const { return begin_; }

private:
  static constexpr std::size_t kAlignment = 64;
  std::vector<std::byte> bytes_;
  std::byte* begin_ = nullptr;
};

/// Everything that a call needs, made once.
struct Call {
  Call(std::size_t arena_bytes, std::size_t packed_bytes)
      : arena(arena_bytes), packed(packed_bytes), packed_size(packed_bytes) {}

  AlignedBytes arena;
  AlignedBytes packed;
  std::size_t packed_size = 0;
  std::vector<std::uint64_t> state;  // of all streams; as calls leave it
  std::vector<std::size_t> sizes;
  std::vector<TensorData> inputs;
  std::vector<TensorData> outputs;
  std::vector<const void*> input_pointers;
  std::vector<void*> output_pointers;
};

/// Numbers in -1 to 1 for floats; the first one of its range, which is in every table, for whole numbers.
void fill(TensorData& tensor, const graph::InputInfo& input) {
  constexpr std::int64_t kPeriod = 1009;
  const bool is_number = is_float(tensor.dtype);
  for (std::int64_t index = 0; index < tensor.element_count(); ++index) {
    const double unit = static_cast<double>(index * index % kPeriod) / kPeriod;
    tensor.set(index, is_number ? 2 * unit - 1 : static_cast<double>(input.range_begin.value_or(0)));
  }
}

std::unique_ptr<Call> make_call(const plan::Plan& plan, const std::string& packed, std::int64_t samples) {
  constexpr std::size_t kSpare = 64;  // a part may round its arena up
  auto call = std::make_unique<Call>(static_cast<std::size_t>(plan.arena_bytes) + kSpare, packed.size());
  std::transform(packed.begin(), packed.end(), call->packed.begin(),
                 [](char letter) { return static_cast<std::byte>(letter); });
  std::map<std::string, std::int64_t> known = {{Dim::batch().to_text(), samples}};
  call->sizes.push_back(static_cast<std::size_t>(samples));
  for (const graph::DimInfo& dim : plan.graph.dims) {
    known[dim.name] = dim.bound.value_or(1);
    call->sizes.push_back(static_cast<std::size_t>(known[dim.name]));
  }
  for (const graph::InputInfo& input : plan.graph.inputs) {
    call->inputs.push_back(make_tensor(plan.graph.node(input.node).type, known));
    fill(call->inputs.back(), input);
  }
  for (const graph::OutputInfo& output : plan.graph.outputs) {
    call->outputs.push_back(make_tensor(plan.graph.node(output.node).type, known));
  }
  for (const TensorData& input : call->inputs) {
    call->input_pointers.push_back(input.bytes.data());
  }
  for (TensorData& output : call->outputs) {
    call->output_pointers.push_back(output.bytes.data());
  }
  return call;
}

/// A loaded object with its weights bound.
struct Part {
  std::unique_ptr<link::LoadedModel> loaded;
  kdlc_weights weights{};

  [[nodiscard]] std::int32_t run(Call& call) const {
    const kdlc_model& model = loaded->model();
    return model.run(&weights, call.arena.begin(), model.arena_bytes, nullptr, call.state.data(), call.sizes.data(),
                     call.input_pointers.data(), call.output_pointers.data());
  }
};

std::optional<Part> load_part(const std::string& code, const std::string& prefix, Call& call, Session& session) {
  Part part;
  part.loaded = link::LoadedModel::load(code, prefix, session.report);
  if (part.loaded == nullptr) {
    return std::nullopt;
  }
  call.state.resize(part.loaded->model().state_bytes / sizeof(std::uint64_t));
  const std::int32_t status = part.loaded->model().bind(&part.weights, call.packed.begin(), call.packed_size);
  if (status != KDLC_OK) {
    session.report.add(Span{}, diag::ModelRefused, prefix, "status " + std::to_string(status));
    return std::nullopt;
  }
  return part;
}

/// The times of whole calls: as many in a timing as take 20 microseconds, for half a second at least and three timings.
std::optional<report::Timing> time_whole(const Part& part, Call& call, Session& session) {
  constexpr double kLeastTiming = 20e-6;
  constexpr double kWhole = 0.5;
  constexpr std::size_t kLeastCount = 3;
  constexpr std::size_t kMostCount = 20000;
  std::int32_t status = KDLC_OK;
  const auto time_calls = [&](std::int64_t calls) {
    const auto begin = Clock::now();
    for (std::int64_t index = 0; index < calls; ++index) {
      status = part.run(call);
    }
    return seconds_since(begin);
  };
  std::int64_t calls = 1;
  while (time_calls(calls) < kLeastTiming) {
    calls *= 2;
  }
  if (status != KDLC_OK) {
    session.report.add(Span{}, diag::ModelRefused, part.loaded->model().name, "status " + std::to_string(status));
    return std::nullopt;
  }
  std::vector<double> times;
  const auto begin = Clock::now();
  while (times.size() < kLeastCount || (times.size() < kMostCount && seconds_since(begin) < kWhole)) {
    times.push_back(time_calls(calls) / static_cast<double>(calls));
  }
  return timing_of(std::move(times));
}

/// A plan that does one step of `body` for any number of samples, or none of them.
plan::Plan plan_of_step(const plan::Plan& plan, const plan::Body& body, std::optional<std::size_t> step) {
  plan::Plan part = plan;
  part.input_checks.clear();
  part.tap_offsets.clear();
  for (plan::Body* one : {&part.single, &part.chunk}) {
    one->steps.clear();
    if (step.has_value()) {
      one->steps.push_back(body.steps[*step]);
    }
  }
  return part;
}

/// The median times of the parts, called in turn for about a second.
std::vector<double> time_parts(const std::vector<Part>& parts, Call& call) {
  constexpr double kWhole = 1.0;
  constexpr std::size_t kLeastRounds = 3;
  constexpr std::size_t kMostRounds = 20000;
  std::vector<std::vector<double>> times(parts.size());
  const auto begin = Clock::now();
  for (std::size_t round = 0; round < kLeastRounds || (round < kMostRounds && seconds_since(begin) < kWhole); ++round) {
    for (std::size_t index = 0; index < parts.size(); ++index) {
      const auto step_begin = Clock::now();
      static_cast<void>(parts[index].run(call));
      times[index].push_back(seconds_since(step_begin));
    }
  }
  std::vector<double> medians;
  for (std::vector<double>& one : times) {
    medians.push_back(timing_of(std::move(one)).median);
  }
  return medians;
}

/// The seconds of each step of the body, without what a call adds: what a part takes that does nothing. nullopt after
/// reporting.
std::optional<std::vector<double>> time_steps(const Compiled& compiled, const plan::Body& body, Call& call,
                                              Session& session) {
  const codegen::Options options = codegen_options(compiled, {.place = WeightsPlace::external}, session.arguments);
  std::vector<Part> parts;
  for (std::size_t index = 0; index <= body.steps.size(); ++index) {
    const auto step = index < body.steps.size() ? std::optional(index) : std::nullopt;
    const auto code = codegen::compile(plan_of_step(compiled.plan, body, step), options, session.report);
    auto part = code.has_value() ? load_part(*code, compiled.prefix, call, session) : std::nullopt;
    if (!part.has_value()) {
      return std::nullopt;
    }
    parts.push_back(std::move(*part));
  }
  std::vector<double> seconds = time_parts(parts, call);
  const double nothing = seconds.back();
  seconds.pop_back();
  for (double& one : seconds) {
    one = std::max(0.0, one - nothing);
  }
  return seconds;
}

}  // namespace

std::optional<report::BenchFacts> bench_model(const Compiled& compiled, const std::string& packed,
                                              const BenchOptions& options, Session& session) {
  const plan::Plan& plan = compiled.plan;
  const std::unique_ptr<Call> call = make_call(plan, packed, options.samples);
  const auto whole = load_part(compiled.code, compiled.prefix, *call, session);
  const auto timing = whole.has_value() ? time_whole(*whole, *call, session) : std::nullopt;
  if (!timing.has_value()) {
    return std::nullopt;
  }
  // More samples than a chunk are several chunks; their steps are those of one.
  const plan::Body& body = options.samples == 1 ? plan.single : plan.chunk;
  report::BenchFacts facts;
  facts.name = plan.graph.name;
  facts.samples = options.samples;
  facts.whole = *timing;
  facts.packed_bytes = static_cast<double>(plan.packed_bytes);
  facts.steps = report::describe_steps(plan, body, compiled.target.machine, options.samples);
  facts.limits = measure_limits();
  if (options.layers) {
    const auto seconds = time_steps(compiled, body, *call, session);
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
