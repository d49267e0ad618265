// Front door of codegen/: plan to machine code. No LLVM type crosses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "plan/plan.hpp"

namespace kdlc::codegen {

/// A processor to compile for.
struct Target {
  std::string triple;    // `x86_64-linux-gnu`, `aarch64-linux-gnu`
  std::string cpu;       // `x86-64-v3`, `generic`, or `native`
  std::string features;  // LLVM's feature string, from CPUID for native
  plan::Machine machine;
};

/// A row of `kdlc targets`.
struct TargetRow {
  std::string triple;
  std::string cpu;
  std::string description;
};
std::vector<TargetRow> list_targets();
/// The target of --target and --cpu; empty strings mean this machine. nullopt after reporting K95x with the nearest
/// name.
std::optional<Target> find_target(const std::string& triple, const std::string& cpu, Report& report);

/// The name of this machine's processor, if the target is this machine; nullopt for the levels and machines of a table.
std::optional<std::string> host_processor(const Target& target);

enum class Emit : std::uint8_t { object, llvm, assembly };

struct Options {
  Target target;
  std::string prefix;  // of every symbol: `lenet`
  bool strict = false;
  Emit emit = Emit::object;
  /// The packed weights to embed; nullopt: external, bound by `<prefix>_bind`.
  std::optional<std::vector<std::byte>> embedded_weights;
};

/// The object bytes, or text. Defines <prefix>_forward, _bind, _check_cpu, _embedded (when embedded), _reset (when
/// states are kept), _model and the ABI constant, and nothing else with external linkage; needs no symbol from outside.
/// nullopt after reporting.
std::optional<std::string> compile(const plan::Plan& plan, const Options& options, Report& report);

/// The file that `<prefix>_bind` accepts: a kdlc_packed_header, then the plan's packed weights.
std::string packed_file(const plan::Plan& plan, const std::vector<std::byte>& packed_weights);

}  // namespace kdlc::codegen
