// The processors that kdlc compiles for: the table, how a name becomes a target, and what the planner must know of
// each.
#include "codegen/targets.hpp"

#include <algorithm>
#include <array>
#include <mutex>

#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <llvm/ADT/StringMap.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/Triple.h>

#include "diagnostics/kinds.hpp"
#include "support/assert.hpp"
#include "support/nearest_name.hpp"

namespace kdlc::codegen {
namespace {

struct Row {
  const char* triple;
  const char* cpu;
  const char* llvm_cpu;
  const char* features;  // beyond those of llvm_cpu
  const char* description;
  bool has_half_units = false;  // a vector is computed in two halves
};

// The first row of a triple is what `--target` alone means, unless it is the triple of this machine: then `native`.
constexpr std::array kRows = {
    Row{"x86_64-linux-gnu", "x86-64", "x86-64", "", "any 64-bit x86: SSE2, 128-bit vectors"},
    Row{"x86_64-linux-gnu", "x86-64-v2", "x86-64-v2", "", "2009 and later: SSE4.2, 128-bit vectors"},
    Row{"x86_64-linux-gnu", "x86-64-v3", "x86-64-v3", "", "2013 and later: AVX2 and FMA, 256-bit vectors"},
    Row{"x86_64-linux-gnu", "x86-64-v4", "x86-64-v4", "-prefer-256-bit", "AVX-512: 512-bit vectors with masks"},
    Row{"x86_64-linux-gnu", "znver4", "x86-64-v4", "-prefer-256-bit", "AMD Zen 4: AVX-512 in two halves of 256 bits",
        true},
    Row{"aarch64-linux-gnu", "generic", "generic", "+neon", "any 64-bit Arm: NEON, 128-bit vectors"},
    Row{"riscv64-linux-gnu", "generic", "generic-rv64", "+m,+a,+f,+d,+c", "RV64GC: scalar floating point"},
};

void initialize_llvm() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    llvm::InitializeAllAsmParsers();
  });
}

/// `x86_64-pc-linux-gnu` and `x86_64-unknown-linux-gnu` are `x86_64-linux-gnu`: the vendor says nothing.
std::string without_vendor(const std::string& text) {
  const llvm::Triple triple(llvm::Triple::normalize(text));
  std::string result = triple.getArchName().str() + "-" + triple.getOSName().str();
  return triple.hasEnvironment() ? result + "-" + triple.getEnvironmentName().str() : result;
}

std::string host_triple() {
  return without_vendor(llvm::sys::getDefaultTargetTriple());
}

std::unique_ptr<llvm::MCSubtargetInfo> make_subtarget(const std::string& triple, const std::string& cpu,
                                                      const std::string& features) {
  std::string error;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (target == nullptr) {
    return nullptr;
  }
  return std::unique_ptr<llvm::MCSubtargetInfo>(target->createMCSubtargetInfo(triple, cpu, features));
}

/// What the features of a processor mean to the planner. Cache sizes are those of common processors of the level. Half
/// units compute a vector of 512 bits in two turns.
plan::Machine machine_of(const llvm::MCSubtargetInfo& subtarget, bool has_half_units) {
  switch (subtarget.getTargetTriple().getArch()) {
    case llvm::Triple::x86_64:
      if (subtarget.checkFeatures("+avx512f,+avx512vl,+avx512bw,+avx512dq")) {
        return {.vector_bytes = 64,
                .vector_registers = 32,
                .has_fma = true,
                .has_masks = true,
                .multiply_adds_a_cycle = has_half_units ? 1 : 2,
                .l1_bytes = 32 << 10,
                .l2_bytes = 1 << 20};
      }
      if (subtarget.checkFeatures("+avx2")) {
        return {.vector_bytes = 32,
                .vector_registers = 16,
                .has_fma = subtarget.checkFeatures("+fma"),
                .has_masks = false,
                .l1_bytes = 32 << 10,
                .l2_bytes = 256 << 10};
      }
      return {.vector_bytes = 16,
              .vector_registers = 16,
              .has_fma = false,
              .has_masks = false,
              .l1_bytes = 32 << 10,
              .l2_bytes = 256 << 10};
    case llvm::Triple::aarch64:
      return {.vector_bytes = 16,
              .vector_registers = 32,
              .has_fma = true,
              .has_masks = false,
              .l1_bytes = 32 << 10,
              .l2_bytes = 512 << 10};
    default:  // an enumeration of LLVM's: scalar code is right everywhere
      return {.vector_bytes = 4,
              .vector_registers = 32,
              .has_fma = true,
              .has_masks = false,
              .l1_bytes = 32 << 10,
              .l2_bytes = 256 << 10};
  }
}

/// The highest level whose features the host has. A host *name* is not trusted: virtual machines report models whose
/// tuning halves the vector width.
std::string x86_level_of(const std::string& triple, const std::string& features) {
  const auto host = make_subtarget(triple, "x86-64", features);
  if (!host->checkFeatures("+sse4.2,+ssse3,+popcnt,+cx16")) {
    return "x86-64";
  }
  if (!host->checkFeatures("+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe")) {
    return "x86-64-v2";
  }
  return host->checkFeatures("+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl") ? "x86-64-v4" : "x86-64-v3";
}

std::string host_features() {
  std::vector<std::string> names;
  for (const auto& feature : llvm::sys::getHostCPUFeatures()) {
    names.push_back((feature.second ? "+" : "-") + feature.first().str());
  }
  std::sort(names.begin(), names.end());
  names.emplace_back("-prefer-256-bit");
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ",") + name;
  }
  return text;
}

/// Whether this machine computes vectors of 512 bits in two halves, as AMD tells of its processors (AMD64 Architecture
/// Programmer's Manual, volume 3, appendix E: function 8000_001A, FP256 and FP512 in EAX). Others do not tell; servers
/// of Intel have whole units.
bool has_half_units() {
#if defined(__x86_64__)
  constexpr unsigned kFunction = 0x8000001A;
  constexpr unsigned kFp256 = 1U << 2U;
  constexpr unsigned kFp512 = 1U << 3U;
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  return __get_cpuid(kFunction, &eax, &ebx, &ecx, &edx) != 0 && (eax & kFp256) != 0 && (eax & kFp512) == 0;
#else
  return false;
#endif
}

std::int64_t cache_bytes(int name, std::int64_t otherwise) {
  const long size = sysconf(name);
  return size > 0 ? size : otherwise;
}

Target native_target(const std::string& triple) {
  Target target{.triple = triple, .cpu = "generic", .features = "", .machine = {}};
  if (llvm::Triple(triple).getArch() == llvm::Triple::x86_64) {
    target.features = host_features();
    target.cpu = x86_level_of(triple, target.features);
  }
  target.machine = machine_of(*make_subtarget(triple, target.cpu, target.features), has_half_units());
  target.machine.l1_bytes = cache_bytes(_SC_LEVEL1_DCACHE_SIZE, target.machine.l1_bytes);
  target.machine.l2_bytes = cache_bytes(_SC_LEVEL2_CACHE_SIZE, target.machine.l2_bytes);
  // Of a cache that many cores share, and virtual machines report as a whole.
  constexpr std::int64_t kCores = 8;
  constexpr std::int64_t kMostOfThirdCache = 4 << 20;
  target.machine.l3_share_bytes = std::min(cache_bytes(_SC_LEVEL3_CACHE_SIZE, 0) / kCores, kMostOfThirdCache);
  return target;
}

std::vector<std::string> known_triples() {
  std::vector<std::string> triples;
  for (const Row& row : kRows) {
    if (triples.empty() || triples.back() != row.triple) {
      triples.emplace_back(row.triple);
    }
  }
  return triples;
}

std::vector<std::string> cpus_of(const std::string& triple) {
  std::vector<std::string> cpus;
  for (const Row& row : kRows) {
    if (triple == row.triple) {
      cpus.emplace_back(row.cpu);
    }
  }
  return cpus;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "`" : ", `") + name + "`";
  }
  return text;
}

void report_unknown_triple(const std::string& triple, Report& report) {
  const std::vector<std::string> known = known_triples();
  Message& message = report.add({}, diag::UnknownTarget, triple, joined(known));
  if (const auto nearest = nearest_name(triple, known)) {
    message.help("did you mean `--target " + *nearest + "`?");
  }
}

void report_unknown_cpu(const std::string& triple, const std::string& cpu, Report& report) {
  const std::vector<std::string> known = cpus_of(triple);
  Message& message = report.add({}, diag::UnknownCpu, cpu, triple, joined(known));
  if (const auto nearest = nearest_name(cpu, known)) {
    message.help("did you mean `--cpu " + *nearest + "`?");
  }
}

}  // namespace

std::vector<TargetRow> list_targets() {
  initialize_llvm();
  std::vector<TargetRow> rows;
  rows.push_back({host_triple(), "native", "this machine"});
  for (const Row& row : kRows) {
    rows.push_back({row.triple, row.cpu, row.description});
  }
  return rows;
}

std::optional<Target> find_target(const std::string& triple, const std::string& cpu, Report& report) {
  initialize_llvm();
  const std::string wanted = triple.empty() ? host_triple() : without_vendor(triple);
  const bool is_host = wanted == host_triple();
  const std::vector<std::string> cpus = cpus_of(wanted);
  if (cpus.empty()) {
    report_unknown_triple(triple.empty() ? wanted : triple, report);
    return std::nullopt;
  }
  if (cpu == "native" || (cpu.empty() && is_host)) {
    if (!is_host) {
      report.add({}, diag::NativeElsewhere, wanted, host_triple()).help("name a processor: " + joined(cpus));
      return std::nullopt;
    }
    return native_target(wanted);
  }
  for (const Row& row : kRows) {
    if (wanted == row.triple && (cpu.empty() || cpu == row.cpu)) {
      Target target{.triple = wanted, .cpu = row.llvm_cpu, .features = row.features, .machine = {}};
      target.machine = machine_of(*make_subtarget(wanted, target.cpu, target.features), row.has_half_units);
      return target;
    }
  }
  report_unknown_cpu(wanted, cpu, report);
  return std::nullopt;
}

std::optional<std::string> host_processor(const Target& target) {
  const Target host = native_target(host_triple());
  const bool is_host = target.triple == host.triple && target.cpu == host.cpu && target.features == host.features &&
                       target.machine == host.machine;
  return is_host ? std::optional(llvm::sys::getHostCPUName().str()) : std::nullopt;
}

std::unique_ptr<llvm::TargetMachine> make_target_machine(const Target& target) {
  initialize_llvm();
  std::string error;
  const llvm::Target* llvm_target = llvm::TargetRegistry::lookupTarget(target.triple, error);
  KDLC_ASSERT(llvm_target != nullptr, "a target of find_target is known to LLVM");
  llvm::TargetOptions options;
  options.EmitStackSizeSection = true;
  if (llvm::Triple(target.triple).isRISCV64()) {
    options.MCOptions.ABIName = "lp64d";
  }
  auto machine = std::unique_ptr<llvm::TargetMachine>(
      llvm_target->createTargetMachine(target.triple, target.cpu, target.features, options, llvm::Reloc::PIC_,
                                       llvm::CodeModel::Small, llvm::CodeGenOptLevel::Aggressive));
  KDLC_ASSERT(machine != nullptr, "LLVM can generate code for every row of the table");
  return machine;
}

}  // namespace kdlc::codegen
