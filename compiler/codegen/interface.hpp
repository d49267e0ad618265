// The functions and constants that an object shows to its caller: what module.cpp asks of entry.cpp, bind.cpp,
// cpu_check.cpp and descriptor.cpp.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include <llvm/IR/Function.h>
#include <llvm/IR/GlobalVariable.h>

#include "codegen/codegen.hpp"
#include "codegen/emitter.hpp"

namespace kdlc::codegen {

/// The object under construction, as seen by its interface.
struct Interface {
  const plan::Plan& plan;
  const Options& options;
  Emitter& emitter;
  std::set<const llvm::Function*> bodies;  // all functions of steps
  llvm::Function* single = nullptr;        // the body for one sample
  llvm::Function* chunk = nullptr;         // the body for up to plan.chunk.samples; nullptr when that is one
  llvm::Function* together = nullptr;      // one sample by all threads; nullptr when they do not pay
  llvm::Function* check_inputs = nullptr;  // nullptr when no input has a range
  llvm::Function* commit = nullptr;        // nullptr when nothing is kept from call to call
  llvm::Function* check_cpu = nullptr;
  llvm::Function* forward = nullptr;
  llvm::Function* run = nullptr;
  llvm::Function* bind = nullptr;
  llvm::Function* derive = nullptr;          // nullptr: no size follows from others
  llvm::Function* reset = nullptr;           // nullptr: nothing is kept from call to call
  llvm::GlobalVariable* embedded = nullptr;  // nullptr: external weights
};

/// An empty function `<prefix>_<name>` (internal ones too, so that profiles can be read) that runs before the processor
/// is known: compiled for the oldest processor of its kind. The builder stands in its first block.
llvm::Function* begin_interface_function(Interface& interface, const std::string& name, llvm::FunctionType* type,
                                         llvm::GlobalValue::LinkageTypes linkage);
/// `if (condition) return status;`: the builder stands behind it.
void return_if(Emitter& emitter, llvm::Value* condition, int status);
/// True when one of the pointers is NULL; false for none.
llvm::Value* any_null(Emitter& emitter, const std::vector<llvm::Value*>& pointers);
/// Mixes nothing per sample: neither an input nor an output has a batch axis.
bool has_batch(const plan::Plan& plan);

/// The frame of code that has the arguments of a body: `samples` is the number of samples when it is known, nullptr for
/// the argument N.
Frame frame_of(std::span<llvm::Value* const> arguments, const plan::Plan& plan, llvm::Value* samples);
/// The step, in a block of its name.
void emit_named_step(Emitter& emitter, const plan::Step& step);
/// Returns E_INDEX when a step raised the status, for a frame that has one; else nothing.
void emit_result(Emitter& emitter);

/// The caller's parallel-for and its context.
struct Team {
  llvm::Value* parallel_for = nullptr;
  llvm::Value* context = nullptr;
};
/// What the options of a call say; NULL in `parallel_for` where they say nothing, or where taps are to be shown, which
/// come in the order of the samples.
Team load_team(Interface& interface, llvm::Value* options);
/// parallel_for(context, threads, task, frame)
void call_team(Interface& interface, const Team& team, std::int64_t threads, llvm::Function* task, llvm::Value* frame);
/// An internal function void <prefix>_<name>(frame, thread), the builder in its first block.
llvm::Function* begin_task(Interface& interface, const std::string& name);
/// `count` words of memory for as long as the function runs.
llvm::Value* frame_memory(Emitter& emitter, std::size_t count);
llvm::Value* frame_word(Emitter& emitter, llvm::Value* frame, std::size_t number);
/// Interface::together: the arguments of a body, then those of a Team.
void emit_together(Interface& interface);

/// Whether the operating system keeps the vector state that the code needs, by XGETBV; nullptr when nothing need be
/// asked.
llvm::Value* emit_state_is_kept(Interface& interface);
/// int32_t check_inputs(inputs…, n, dims…): E_INDEX when a number lies outside its range.
void emit_check_inputs(Interface& interface);
/// int32_t <prefix>_check_cpu(void): E_CPU when this processor or its operating system lacks what the target has.
void emit_check_cpu(Interface& interface);
/// <prefix>_forward and the uniform call `run` of the descriptor.
void emit_forward(Interface& interface);
void emit_run(Interface& interface);
/// What the code behind a call of a body knows.
struct TapSite {
  llvm::Value* options = nullptr;
  llvm::Value* arena = nullptr;
  llvm::Value* first = nullptr;  // the first sample of the call
  llvm::Value* samples = nullptr;
};
/// Where a tap of the chunk lies.
llvm::Value* tap_pointer(Interface& interface, llvm::Value* arena, std::size_t tap);
/// Shows the taps of these samples, when the caller has a callback; nothing for a model without taps.
void emit_tap_calls(Interface& interface, const TapSite& site);
/// What the last call left of a state, from the sample `first` on: in the caller's memory.
llvm::Value* state_pointer(Interface& interface, llvm::Value* memory, std::size_t state, llvm::Value* first);
/// Where this call leaves it: in the arena.
llvm::Value* next_state_pointer(Interface& interface, llvm::Value* arena, std::size_t state, llvm::Value* first);
/// void commit(state, arena, n): the call has succeeded, so the states of its samples are what it left.
void emit_commit(Interface& interface);
/// int32_t <prefix>_reset(<prefix>_state*, size_t stream).
void emit_reset(Interface& interface);
/// Sizes of axes of inputs, outputs and taps that follow from declared dims: `T - 2`, `floor(T / 2)`.
std::vector<Dim> derived_sizes(const graph::Graph& graph);
/// The function `derive` of the descriptor.
void emit_derive(Interface& interface);
/// int32_t <prefix>_bind(kdlc_weights*, const void*, size_t).
void emit_bind(Interface& interface);
/// <prefix>_embedded, with the tensors as one array of bytes.
void emit_embedded(Interface& interface);
/// <prefix>_model and <prefix>_abi_<version>.
void emit_descriptor(Interface& interface);

}  // namespace kdlc::codegen
