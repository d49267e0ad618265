// A plan compiled into this process so that each of its steps can be called and timed where it stands.
#include "driver/timed_model.hpp"

#include <algorithm>
#include <cstring>

#include "diagnostics/kinds.hpp"
#include "driver/batch_runner.hpp"
#include "plan/step_accesses.hpp"

namespace kdlc::driver {

namespace {

/// Numbers in -1 to 1 for floats; the first one of its range, which is in every table, for whole numbers.
void fill(TensorData& tensor, const graph::InputInfo& input) {
  constexpr std::int64_t kPeriod = 1009;
  const bool is_number = is_float(tensor.dtype);
  for (std::int64_t index = 0; index < tensor.element_count(); ++index) {
    const double unit = static_cast<double>(index * index % kPeriod) / kPeriod;
    tensor.set(index, is_number ? 2 * unit - 1 : static_cast<double>(input.range_begin.value_or(0)));
  }
}

/// No identifier of the language has a space in it.
std::string switch_of(std::size_t step) {
  return "step " + std::to_string(step);
}

void put_behind_switches(plan::Body& body) {
  for (std::size_t index = 0; index < body.steps.size(); ++index) {
    plan::Step& step = body.steps[index];
    plan::Step loop{.kernel = {}, .records = step.records, .name = step.name};
    loop.kernel = plan::LoopStep{
        .turn = "turn of " + switch_of(index), .turns = Dim::symbol(switch_of(index)), .steps = {std::move(step)}};
    step = std::move(loop);
  }
}

/// The plan with a size of 0 or 1 in front of each step. The direction of the pass, where it has one, is a size too: a
/// byte of memory would change it with each call.
plan::Plan with_switches(plan::Plan plan) {
  plan.input_checks.clear();
  plan.tap_offsets.clear();
  plan.threads = {};
  for (graph::OutputInfo& output : plan.graph.outputs) {
    output.is_tap = false;  // the caller has memory for it, as for any output
  }
  const std::size_t count = std::max(plan.single.steps.size(), plan.chunk.steps.size());
  for (plan::Body* body : {&plan.single, &plan.chunk}) {
    put_behind_switches(*body);
    body->direction_offset.reset();
  }
  for (std::size_t index = 0; index < count; ++index) {
    plan.graph.dims.push_back({.name = switch_of(index), .bound = 1, .span = {}});
  }
  plan.graph.dims.push_back({.name = plan::kDirectionSymbol, .bound = 1, .span = {}});
  return plan;
}

}  // namespace

AlignedBytes::AlignedBytes(std::size_t size) : bytes_(size + kAlignment) {
  void* place = bytes_.data();
  std::size_t space = bytes_.size();
  begin_ = static_cast<std::byte*>(std::align(kAlignment, std::max<std::size_t>(size, 1), place, space));
}

CallMemory::CallMemory(const plan::Plan& plan, std::size_t arena_bytes, std::size_t packed_bytes, std::int64_t samples)
    : arena(arena_bytes), packed(packed_bytes) {
  std::map<std::string, std::int64_t> known = {{Dim::batch().to_text(), samples}};
  sizes.push_back(static_cast<std::size_t>(samples));
  for (const graph::DimInfo& dim : plan.graph.dims) {
    known[dim.name] = dim.bound.value_or(1);
    sizes.push_back(static_cast<std::size_t>(known[dim.name]));
  }
  for (const graph::InputInfo& input : plan.graph.inputs) {
    inputs.push_back(make_tensor(plan.graph.node(input.node).type, known));
    fill(inputs.back(), input);
  }
  for (const graph::OutputInfo& output : plan.graph.outputs) {
    outputs.push_back(make_tensor(plan.graph.node(output.node).type, known));
  }
  for (const TensorData& input : inputs) {
    input_pointers.push_back(input.bytes.data());
  }
  for (TensorData& output : outputs) {
    output_pointers.push_back(output.bytes.data());
  }
}

std::optional<LoadedCode> LoadedCode::load(const std::string& code, const std::string& prefix,
                                           const std::string& packed_file, CallMemory& memory, Session& session) {
  LoadedCode result;
  result.loaded_ = link::LoadedModel::load(code, prefix, session.report);
  if (result.loaded_ == nullptr) {
    return std::nullopt;
  }
  std::memcpy(memory.packed.begin(), packed_file.data(), packed_file.size());
  memory.state.resize(result.model().state_bytes / sizeof(std::uint64_t));
  const std::int32_t status = result.model().bind(&result.weights_, memory.packed.begin(), packed_file.size());
  if (status != KDLC_OK) {
    session.report.add(Span{}, diag::ModelRefused, prefix, "status " + std::to_string(status));
    return std::nullopt;
  }
  return result;
}

std::int32_t LoadedCode::run(CallMemory& memory, const std::vector<std::size_t>& sizes,
                             const kdlc_options* options) const {
  return model().run(&weights_, memory.arena.begin(), model().arena_bytes, options, memory.state.data(), sizes.data(),
                     memory.input_pointers.data(), memory.output_pointers.data());
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double time_calls(const LoadedCode& code, CallMemory& memory, std::int64_t calls, const kdlc_options* options) {
  const auto begin = Clock::now();
  for (std::int64_t call = 0; call < calls; ++call) {
    static_cast<void>(code.run(memory, memory.sizes, options));
  }
  return seconds_since(begin) / static_cast<double>(calls);
}

std::int64_t calls_in_timing(const LoadedCode& code, CallMemory& memory, const kdlc_options* options) {
  constexpr double kLeastTiming = 20e-6;
  std::int64_t calls = 1;
  while (time_calls(code, memory, calls, options) * static_cast<double>(calls) < kLeastTiming) {
    calls *= 2;
  }
  return calls;
}

void take_off_calls(StepRounds& steps) {
  std::vector<double> nothing = std::move(steps.back());
  steps.pop_back();
  std::sort(nothing.begin(), nothing.end());
  const double call = nothing[nothing.size() / 2];
  for (std::vector<double>& rounds : steps) {
    for (double& seconds : rounds) {
      seconds = std::max(0.0, seconds - call);
    }
  }
}

std::size_t timed_arena_bytes(const plan::Plan& plan) {
  constexpr std::size_t kSpare = 64;  // the object may round its arena up
  return static_cast<std::size_t>(plan.arena_bytes) + kSpare;
}

std::optional<TimedSteps> TimedSteps::compile(const plan::Plan& plan, const codegen::Options& options,
                                              const std::string& packed_file, CallMemory& memory, Session& session) {
  const plan::Plan switched = with_switches(plan);
  const auto code = codegen::compile(switched, options, session.report);
  auto loaded = code ? LoadedCode::load(*code, options.prefix, packed_file, memory, session) : std::nullopt;
  if (!loaded) {
    return std::nullopt;
  }
  TimedSteps steps(memory);
  steps.code_ = std::move(loaded);
  steps.step_count_ = (memory.sizes.front() == 1 ? plan.single : plan.chunk).steps.size();
  steps.sizes_ = memory.sizes;
  steps.sizes_.resize(1 + switched.graph.dims.size(), 0);
  return steps;
}

std::vector<double> TimedSteps::time_pass(std::size_t pass) {
  std::vector<double> seconds;
  const std::size_t first_switch = memory_->sizes.size();
  sizes_.back() = pass % 2;
  for (std::size_t step = 0; step <= step_count_; ++step) {
    std::size_t& is_on = sizes_[first_switch + step];  // behind the last step: the direction
    const std::size_t before = is_on;
    is_on = step < step_count_ ? 1 : before;
    const auto begin = Clock::now();
    static_cast<void>(code_->run(*memory_, sizes_));
    seconds.push_back(seconds_since(begin));
    is_on = before;
  }
  return seconds;
}

}  // namespace kdlc::driver
