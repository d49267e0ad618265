// What a model keeps from call to call: where a call reads and leaves it, the commit at its end, and <prefix>_reset.
//
//   forward:  next states (arena) <- states (caller's memory), computed on; any error returns here
//   commit:   states of samples 0 to n - 1 <- next states
#include <kdlc_abi.h>

#include "codegen/interface.hpp"
#include "codegen/loops.hpp"

namespace kdlc::codegen {
namespace {

const TensorType& type_of(const Interface& interface, std::size_t state) {
  const graph::Graph& graph = interface.plan.graph;
  return graph.node(graph.states[state].node).type;
}

/// base + offset, and so many samples further.
llvm::Value* pointer_to(Interface& interface, llvm::Value* base, std::int64_t offset_bytes, std::size_t state,
                        llvm::Value* first) {
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Value* begin =
      builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), base, static_cast<std::uint64_t>(offset_bytes));
  const plan::StatePlace& place = interface.plan.states[state];
  if (!place.has_batch) {
    return begin;
  }
  const DType dtype = type_of(interface, state).dtype;
  return emitter.element_pointer(begin, dtype, first, Dim(place.elements));
}

/// How many elements `samples` samples have; all of a state that they share.
llvm::Value* elements_of(Interface& interface, std::size_t state, llvm::Value* samples) {
  const plan::StatePlace& place = interface.plan.states[state];
  llvm::Value* elements = interface.emitter.integer(place.elements);
  return place.has_batch ? interface.emitter.builder.CreateMul(samples, elements) : elements;
}

/// Elements 0 to count - 1 become zero.
void clear(Emitter& emitter, llvm::Value* begin, DType dtype, llvm::Value* count) {
  for_each(emitter, count, [&](llvm::Value* index) {
    emitter.store_scalar(emitter.zero(dtype), emitter.element_pointer(begin, dtype, index, 1), dtype);
  });
}

}  // namespace

llvm::Value* state_pointer(Interface& interface, llvm::Value* memory, std::size_t state, llvm::Value* first) {
  return pointer_to(interface, memory, interface.plan.states[state].offset_bytes, state, first);
}

llvm::Value* next_state_pointer(Interface& interface, llvm::Value* arena, std::size_t state, llvm::Value* first) {
  return pointer_to(interface, arena, interface.plan.states[state].next_offset_bytes, state, first);
}

void emit_commit(Interface& interface) {
  if (interface.plan.states.empty()) {
    return;
  }
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Type* pointer = builder.getPtrTy();
  auto* type = llvm::FunctionType::get(builder.getVoidTy(), {pointer, pointer, builder.getInt64Ty()}, false);
  llvm::Function* function = llvm::Function::Create(type, llvm::Function::InternalLinkage,
                                                    interface.options.prefix + "_commit", emitter.module);
  emitter.set_function_attributes(*function);
  function->addFnAttr(llvm::Attribute::NoInline);
  builder.SetInsertPoint(llvm::BasicBlock::Create(emitter.context(), "entry", function));
  emitter.frame = {};
  llvm::Value* first = emitter.integer(0);
  for (std::size_t state = 0; state < interface.plan.states.size(); ++state) {
    const DType dtype = type_of(interface, state).dtype;
    const View from{next_state_pointer(interface, function->getArg(1), state, first), dtype, {1}};
    const View to{state_pointer(interface, function->getArg(0), state, first), dtype, {1}};
    for_each_part(emitter, elements_of(interface, state, function->getArg(2)), emitter.lanes(dtype),
                  [&](const Part& part) { emitter.store(emitter.load(from, 0, part), to, 0, part); });
  }
  builder.CreateRetVoid();
  interface.commit = function;
}

void emit_reset(Interface& interface) {
  if (interface.plan.states.empty()) {
    return;
  }
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  auto* type = llvm::FunctionType::get(builder.getInt32Ty(), {builder.getPtrTy(), builder.getInt64Ty()}, false);
  llvm::Function* function = begin_interface_function(interface, "reset", type, llvm::Function::ExternalLinkage);
  emitter.frame = {};
  llvm::Value* memory = function->getArg(0);
  llvm::Value* stream = function->getArg(1);
  memory->setName("state");
  stream->setName("stream");
  return_if(emitter, builder.CreateIsNull(memory), KDLC_E_NULL);
  llvm::Value* is_all = builder.CreateICmpEQ(stream, llvm::ConstantInt::getAllOnesValue(stream->getType()), "all");
  llvm::Value* is_beyond = builder.CreateICmpUGE(stream, emitter.integer(interface.plan.streams));
  return_if(emitter, builder.CreateAnd(builder.CreateNot(is_all), is_beyond), KDLC_E_SIZE);
  llvm::Value* first = builder.CreateSelect(is_all, emitter.integer(0), stream, "first");
  llvm::Value* samples = builder.CreateSelect(is_all, emitter.integer(interface.plan.streams), emitter.integer(1));
  for (std::size_t state = 0; state < interface.plan.states.size(); ++state) {
    llvm::Value* count = elements_of(interface, state, samples);
    if (!interface.plan.states[state].has_batch) {  // it is no single stream's
      count = builder.CreateSelect(is_all, count, emitter.integer(0));
    }
    clear(emitter, state_pointer(interface, memory, state, first), type_of(interface, state).dtype, count);
  }
  builder.CreateRet(builder.getInt32(KDLC_OK));
  interface.reset = function;
}

}  // namespace kdlc::codegen
