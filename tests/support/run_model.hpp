// Compiles a plan, loads it into this process and runs it between guard pages.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <kdlc_abi.h>

#include "codegen/codegen.hpp"
#include "link/link.hpp"
#include "plan/plan.hpp"
#include "support/guarded_memory.hpp"

namespace kdlc::testing {

/// The target of `cpu` for this machine's triple; `native` too.
codegen::Target target_of(const std::string& cpu);
/// `x86-64`, … that this machine can run; what it lacks is said once on standard error as "not on this machine".
std::vector<std::string> runnable_cpus();

enum class Arithmetic : std::uint8_t { fast, strict };
/// A plan compiled under the prefix `m` with these packed weights embedded.
std::unique_ptr<link::LoadedModel> compile_and_load(const plan::Plan& plan, const codegen::Target& target,
                                                    const std::vector<std::byte>& packed_weights = {},
                                                    Arithmetic arithmetic = Arithmetic::fast);

struct RunResult {
  std::int32_t status = 0;
  std::vector<std::vector<std::byte>> outputs;
};
/// Runs n samples with every buffer flush with a guard page, inputs read-only and the outputs filled with rubbish
/// before; requires that the canaries live. `sizes` holds declared dims; `state` is what the model keeps, nullptr for
/// one that keeps nothing.
RunResult run_guarded(const kdlc_model& model, std::size_t n, const std::vector<TensorData>& inputs, Guard guard,
                      const std::vector<std::size_t>& sizes = {}, void* state = nullptr,
                      const kdlc_options* options = nullptr);

}  // namespace kdlc::testing
