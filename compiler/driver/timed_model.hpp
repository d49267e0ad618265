// A plan compiled into this process so that each of its steps can be called and timed where it stands.
//
// Before → after, for each step of both bodies:
//   step                      for (turn = 0; turn < `step 7`; ++turn) step
// where `step 7` is a size of the call, 0 or 1, as a declared dim is one. So one object holds all steps with the
// kernels that layers share, a call computes those that it is asked for, and called in order every step meets the
// caches as the one before left them. Shipped code holds nothing for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codegen/codegen.hpp"
#include "driver/session.hpp"
#include "kdlc_abi.h"
#include "link/link.hpp"
#include "plan/plan.hpp"
#include "types/tensor_data.hpp"

namespace kdlc::driver {

/// Memory that begins at a multiple of 64.
class AlignedBytes {
public:
  explicit AlignedBytes(std::size_t size);
  [[nodiscard]] std::byte* begin() const { return begin_; }

private:
  static constexpr std::size_t kAlignment = 64;
  std::vector<std::byte> bytes_;
  std::byte* begin_ = nullptr;
};

/// What calls of a plan, or of several ways to compute one model, read and write: made once.
struct CallMemory {
  /// `samples` in a call, every declared dim at its bound, inputs between -1 and 1.
  CallMemory(const plan::Plan& plan, std::size_t arena_bytes, std::size_t packed_bytes, std::int64_t samples);

  AlignedBytes arena;
  AlignedBytes packed;
  std::vector<std::uint64_t> state;  // of all streams; as calls leave it
  std::vector<std::size_t> sizes;    // of a whole call: N, then the declared dims
  std::vector<TensorData> inputs;
  std::vector<TensorData> outputs;
  std::vector<const void*> input_pointers;
  std::vector<void*> output_pointers;
};

/// A loaded object with its weights bound.
class LoadedCode {
public:
  /// `packed_file`, a packed file of the plan, is copied into the memory; several objects may share one memory when
  /// their numbers do not matter. nullopt after reporting.
  static std::optional<LoadedCode> load(const std::string& code, const std::string& prefix,
                                        const std::string& packed_file, CallMemory& memory, Session& session);
  /// `options`: see kdlc_model; with none, one thread computes.
  [[nodiscard]] std::int32_t run(CallMemory& memory, const std::vector<std::size_t>& sizes,
                                 const kdlc_options* options = nullptr) const;
  [[nodiscard]] const kdlc_model& model() const { return loaded_->model(); }

private:
  std::unique_ptr<link::LoadedModel> loaded_;
  kdlc_weights weights_{};
};

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point begin);

/// Seconds of a whole call, the mean of so many calls.
double time_calls(const LoadedCode& code, CallMemory& memory, std::int64_t calls,
                  const kdlc_options* options = nullptr);
/// As many calls as take 20 microseconds: the clock tells those apart.
std::int64_t calls_in_timing(const LoadedCode& code, CallMemory& memory, const kdlc_options* options = nullptr);

/// The seconds of every step of a body, for each round.
using StepRounds = std::vector<std::vector<double>>;
/// Removes the last entry, the rounds of a call that does nothing, and takes its median off all others.
void take_off_calls(StepRounds& steps);

/// Steps of one body, called one by one.
class TimedSteps {
public:
  /// nullopt after reporting. The memory's samples decide for the body.
  static std::optional<TimedSteps> compile(const plan::Plan& plan, const codegen::Options& options,
                                           const std::string& packed_file, CallMemory& memory, Session& session);
  /// Calls the steps one after the other, and then none: their seconds, and last those of a call that does nothing.
  /// `pass` is the number of the pass over the weights, whose direction may change with each.
  [[nodiscard]] std::vector<double> time_pass(std::size_t pass);

private:
  explicit TimedSteps(CallMemory& memory) : memory_(&memory) {}

  CallMemory* memory_;
  std::optional<LoadedCode> code_;
  std::vector<std::size_t> sizes_;
  std::size_t step_count_ = 0;
};

/// Bytes that CallMemory must have for the arena of a plan.
std::size_t timed_arena_bytes(const plan::Plan& plan);

}  // namespace kdlc::driver
