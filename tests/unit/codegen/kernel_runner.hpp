// Runs what step emitters make: a function around them, compiled for a target and loaded into this process.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "codegen/emitter.hpp"

namespace kdlc::testing {

/// The target `cpu` of this machine's triple, or of `triple`; fails the test when there is none.
codegen::Target target_for(const std::string& cpu, const std::string& triple = "");
/// Whether this machine can run code for the level of x86-64: `x86-64`, …, `native`.
bool machine_runs(const codegen::Target& target);

/// Bases of the emitter's frame at run time.
struct Places {
  std::vector<void*> inputs;
  std::vector<void*> outputs;
  void* arena = nullptr;
  void* weights = nullptr;
  std::vector<std::int64_t> sizes;  // by KernelForm::symbols
};

struct KernelForm {
  codegen::Target target;
  bool strict = false;
  std::size_t input_count = 0;
  std::size_t output_count = 0;
  std::vector<std::string> symbols;
  std::function<void(codegen::Emitter&)> emit;
};

/// Assembly of the function `kernel` and what it calls.
std::string assembly_of(const KernelForm& form);
/// Object bytes.
std::string object_of(const KernelForm& form);

class Kernel {
public:
  explicit Kernel(const KernelForm& form);
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;
  ~Kernel();
  void run(const Places& places) const;

private:
  struct Loaded;
  std::unique_ptr<Loaded> loaded_;
};

}  // namespace kdlc::testing
