// Runs what step emitters make: a function around them, compiled for a target and loaded into this process.
#pragma once

#include <cstddef>
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

/// Memory of exactly `size` bytes that ends at an inaccessible page (and starts behind one, with up to a page of
/// canaries).
class GuardedBuffer {
public:
  explicit GuardedBuffer(std::size_t size);
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;
  GuardedBuffer(GuardedBuffer&& other) noexcept;
  GuardedBuffer& operator=(GuardedBuffer&&) = delete;
  ~GuardedBuffer();

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Whether nothing in front of the data was written.
  [[nodiscard]] bool is_intact() const;

private:
  std::byte* pages_ = nullptr;
  std::size_t pages_size_ = 0;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace kdlc::testing
