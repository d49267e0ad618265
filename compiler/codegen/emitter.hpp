// What every step emitter builds with: module, builder, facts of the machine, and the places and sizes of the current
// function.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include "codegen/codegen.hpp"
#include "plan/plan.hpp"

namespace kdlc::codegen {

/// The places and sizes that the function under construction knows.
struct Frame {
  std::vector<llvm::Value*> inputs;       // by plan input: pointer to the chunk's first sample
  std::vector<llvm::Value*> outputs;      // likewise
  std::vector<llvm::Value*> states;       // what the last call left, at the chunk's first sample
  std::vector<llvm::Value*> next_states;  // likewise: what this call leaves
  llvm::Value* arena = nullptr;
  llvm::Value* weights = nullptr;             // the packed tensors
  llvm::Value* status = nullptr;              // the byte plan::Memory::status
  std::vector<llvm::Value*> locals;           // each with room for a vector behind it
  std::map<std::string, llvm::Value*> sizes;  // i64: "N" (the samples of this call of the body), declared dims, turns
  std::set<std::string> turns;                // those of `sizes` that change while the function runs
  std::map<std::string, llvm::Value*> known;  // i64: arithmetic of sizes that the function computes once
};

/// A tensor as a loop nest sees it: its first element, and how many elements further the next one is along each axis.
struct View {
  llvm::Value* base = nullptr;
  DType dtype = DType::f32;
  plan::Strides strides;
  bool is_local = false;  // whole vectors may be loaded and stored where only some of their lanes are elements
};

inline std::int64_t element_bytes(DType dtype) {
  return static_cast<std::int64_t>(size_bytes(dtype));
}

/// Some neighbouring elements of one axis: `lanes` of them from `index`, or only those that `mask` (a vector of i1)
/// names. lanes == 1 means scalars: values have no vector type then.
struct Part {
  llvm::Value* index = nullptr;  // i64
  std::int64_t lanes = 1;
  llvm::Value* mask = nullptr;  // nullptr: all lanes
};

/// Values in registers: bool is i1, all else as in memory. In memory bool is one byte, 0 or 1.
///
/// Floating point: contract and nsz are set on the builder; nothing here may set nnan, ninf, arcp, afn or reassoc. Sums
/// are split by hand where strictness allows it, so that the code says in which order it adds.
class Emitter {
public:
  Emitter(llvm::Module& target_module, const Target& for_target, bool is_strict);

  llvm::Module& module;
  llvm::IRBuilder<> builder;
  const Target& target;
  const plan::Machine& machine;
  bool strict;
  Frame frame;

  // ---- types and constants ---------------------------------------------------------------------------------------
  [[nodiscard]] llvm::LLVMContext& context() { return module.getContext(); }
  /// Lanes of one vector register: 16 for f32 and AVX-512.
  [[nodiscard]] std::int64_t lanes(DType dtype) const;
  [[nodiscard]] llvm::Type* register_type(DType dtype, std::int64_t lanes = 1);
  [[nodiscard]] llvm::Type* memory_type(DType dtype, std::int64_t lanes = 1);
  [[nodiscard]] llvm::ConstantInt* integer(std::int64_t value);  // i64
  /// `value` in every lane, rounded to the element type.
  [[nodiscard]] llvm::Constant* constant(DType dtype, double value, std::int64_t lanes = 1);
  [[nodiscard]] llvm::Constant* zero(DType dtype, std::int64_t lanes = 1);

  // ---- sizes and places --------------------------------------------------------------------------------------------
  /// The size as i64; constants stay constants.
  llvm::Value* count(const Dim& dim);
  /// The same, computed once where the function begins: for strides, which stand in every address. What mentions the
  /// turn of a loop is computed here.
  llvm::Value* count_once(const Dim& dim);
  /// The address of the access's first element.
  llvm::Value* pointer(const plan::Access& access);
  View view(const plan::Access& access);
  /// The view with its first `indices.size()` axes fixed there: a view over the remaining axes.
  View at(const View& view, std::span<llvm::Value* const> indices);
  /// base + index × stride elements (also with constants); no claim that the address is inside an object.
  llvm::Value* element_pointer(llvm::Value* base, DType dtype, llvm::Value* index, const Dim& stride);
  /// base + so many elements.
  llvm::Value* moved(llvm::Value* base, DType dtype, const Dim& elements);
  /// Asks for the cache line of an address, which need not exist, to be brought into the cache of this level.
  enum class Cache : std::uint8_t { first, second };
  void fetch(llvm::Value* address, Cache cache);

  // ---- memory
  // --------------------------------------------------------------------------------------------------------
  /// The elements `part` along axis `axis` of the view (the other axes at 0) as a register value: stride 0 repeats one
  /// element, stride 1 is a vector load, others gather. Masked-off lanes are not read.
  llvm::Value* load(const View& view, std::size_t axis, const Part& part);
  void store(llvm::Value* value, const View& view, std::size_t axis, const Part& part);
  /// Stores the first `count` of the part's lanes, for a result that is read at once: by one or two narrower vectors
  /// where these make it, as a load that meets a masked store waits until that has reached the cache.
  void store_first(llvm::Value* value, const View& view, const Part& part, std::int64_t count);
  /// Some neighbouring lanes of a vector, from `first` on.
  llvm::Value* lanes_of(llvm::Value* value, std::int64_t first, std::int64_t lanes);
  llvm::Value* load_scalar(llvm::Value* address, DType dtype);
  void store_scalar(llvm::Value* value, llvm::Value* address, DType dtype);
  llvm::Value* splat(llvm::Value* scalar, std::int64_t lanes);

  // ---- functions
  // -----------------------------------------------------------------------------------------------------
  /// The attributes of every function: no builtins, no unwinding, the target's cpu, features and vector width.
  void set_function_attributes(llvm::Function& function);

  /// Calls the internal function that holds the kernel of form `key`; its first use makes it by running `body` with the
  /// builder inside it, `frame.sizes` holding the symbols of `dims` and of the strides, and nothing else in the frame.
  /// The body gets one view per access, based on an argument. `key` must tell apart all that the body depends on but
  /// the places of the accesses; describe(...) below helps. Pointers to accesses marked `read_only` are noalias.
  struct Argument {
    const plan::Access* access = nullptr;
    bool read_only = false;  // and no store of the kernel touches it
  };
  void call_shared(const std::string& key, const std::string& name, std::span<const Argument> arguments,
                   std::span<const Dim> dims, const std::function<void(std::span<const View>)>& body);

private:
  std::map<std::string, llvm::Function*> shared_;
};

/// Text for keys of shared kernels: all of an access but its place; sizes; expressions.
std::string describe(const plan::Access& access);
std::string describe(std::span<const Dim> dims);
std::string describe(const graph::MapExpression& expression);

}  // namespace kdlc::codegen
