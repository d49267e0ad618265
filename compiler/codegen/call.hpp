// A call of <prefix>_forward under construction: what entry.cpp and threaded_call.cpp share.
#pragma once

#include <vector>

#include "codegen/interface.hpp"

namespace kdlc::codegen {

/// The arguments of <prefix>_forward.
struct Call {
  llvm::Value* begin = nullptr;  // the first sample; nullptr: 0
  llvm::Value* weights = nullptr;
  llvm::Value* arena = nullptr;
  llvm::Value* arena_bytes = nullptr;
  llvm::Value* options = nullptr;
  llvm::Value* state = nullptr;        // nullptr: the model keeps none
  llvm::Value* next_states = nullptr;  // the arena of the call, behind whose parts for threads they lie
  llvm::Value* samples = nullptr;
  std::vector<llvm::Value*> dims;
  std::vector<llvm::Value*> inputs;
  std::vector<llvm::Value*> outputs;
};

/// What sizes of tensors are computed from.
void name_sizes(Interface& interface, const Call& call);
/// Leaves the function when the body met an index outside its tensor. `more`: arguments of Interface::together.
void call_body(Interface& interface, const Call& call, llvm::Function* body, llvm::Value* first, llvm::Value* samples,
               const std::vector<llvm::Value*>& more = {});
/// for (first = begin; first != n; first += count) { count = min(n - first, chunk); count == 1 ? single : chunk(count)
/// }
void emit_chunk_loop(Interface& interface, const Call& call);
/// The commit of states, and the end of the function.
void finish_call(Interface& interface, const Call& call);
/// Behind the checks of a call, for a model of several threads:
///   if (parallel_for) { share most samples out; compute the rest one by one, together; return OK; }
void emit_threaded_call(Interface& interface, const Call& call);

}  // namespace kdlc::codegen
