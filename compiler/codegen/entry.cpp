// <prefix>_forward: the checks of a call, in the order that the contract names, and the loop over chunks of samples;
// and the uniform call of the descriptor.
#include "codegen/call.hpp"

#include <kdlc_abi.h>

namespace kdlc::codegen {
namespace {

llvm::FunctionType* forward_type(const plan::Plan& plan, Emitter& emitter) {
  llvm::Type* pointer = emitter.builder.getPtrTy();
  llvm::Type* size = emitter.builder.getInt64Ty();
  std::vector<llvm::Type*> parameters = {pointer, pointer, size, pointer};
  if (!plan.states.empty()) {
    parameters.push_back(pointer);
  }
  parameters.push_back(size);
  parameters.insert(parameters.end(), plan.graph.dims.size(), size);
  parameters.insert(parameters.end(), plan.graph.inputs.size() + graph::declared_outputs(plan.graph).size(), pointer);
  return llvm::FunctionType::get(emitter.builder.getInt32Ty(), parameters, false);
}

Call name_arguments(llvm::Function& function, const plan::Plan& plan) {
  Call call;
  auto argument = function.arg_begin();
  const auto next = [&argument](const std::string& name) {
    argument->setName(name);
    return &*argument++;
  };
  call.weights = next("weights");
  call.arena = next("arena");
  call.next_states = call.arena;
  call.arena_bytes = next("arena_bytes");
  call.options = next("options");
  call.state = plan.states.empty() ? nullptr : next("state");
  call.samples = next("n");
  for (const graph::DimInfo& dim : plan.graph.dims) {
    call.dims.push_back(next(dim.name));
  }
  for (const graph::InputInfo& input : plan.graph.inputs) {
    call.inputs.push_back(next(input.name));
  }
  for (const graph::OutputInfo& output : graph::declared_outputs(plan.graph)) {
    call.outputs.push_back(next(output.name));
  }
  return call;
}

void check_arena(Interface& interface, const Call& call) {
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  if (interface.plan.arena_bytes == 0) {
    return;
  }
  return_if(emitter, builder.CreateIsNull(call.arena), KDLC_E_NULL);
  llvm::Value* address = builder.CreatePtrToInt(call.arena, builder.getInt64Ty());
  llvm::Value* low_bits = builder.CreateAnd(address, emitter.integer(interface.plan.arena_align - 1));
  return_if(emitter, builder.CreateIsNotNull(low_bits), KDLC_E_ARENA_ALIGN);
  return_if(emitter, builder.CreateICmpULT(call.arena_bytes, emitter.integer(interface.plan.arena_bytes)),
            KDLC_E_ARENA_SIZE);
}

/// The hash ties weights to this model, target and packing; only <prefix>_bind and <prefix>_embedded hand it out.
void check_weights(Interface& interface, const Call& call) {
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Value* hash_address =
      builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), call.weights, offsetof(kdlc_weights, hash));
  llvm::Value* hash = builder.CreateLoad(builder.getInt64Ty(), hash_address, "hash");
  return_if(emitter, builder.CreateICmpNE(hash, builder.getInt64(interface.plan.model_hash)), KDLC_E_WEIGHTS);
}

void check_dims(Interface& interface, const Call& call) {
  Emitter& emitter = interface.emitter;
  if (const std::int64_t streams = interface.plan.streams; streams > 0) {
    return_if(emitter, emitter.builder.CreateICmpUGT(call.samples, emitter.integer(streams)), KDLC_E_SIZE);
  }
  for (std::size_t k = 0; k < call.dims.size(); ++k) {
    if (const auto bound = interface.plan.graph.dims[k].bound) {
      return_if(emitter, emitter.builder.CreateICmpUGT(call.dims[k], emitter.integer(*bound)), KDLC_E_SIZE);
    }
  }
  for (const graph::SizeRule& rule : interface.plan.size_rules) {
    llvm::Value* breaks = emitter.builder.getTrue();
    for (const Dim& dim : rule.not_negative) {
      llvm::Value* is_negative = emitter.builder.CreateICmpSLT(emitter.count(dim), emitter.integer(0));
      breaks = emitter.builder.CreateAnd(breaks, is_negative);
    }
    return_if(emitter, breaks, KDLC_E_SIZE);
  }
}

/// No tensor is NULL but one that has no elements under these sizes: an empty container's pointer often is.
void check_tensors(Interface& interface, const Call& call) {
  Emitter& emitter = interface.emitter;
  const graph::Graph& graph = interface.plan.graph;
  std::vector<llvm::Value*> tensors;
  llvm::Value* missing = emitter.builder.getFalse();
  const auto add = [&](llvm::Value* pointer, const Shape& shape) {
    const Dim elements = shape.without_batch().element_count();
    if (elements.is_constant()) {
      tensors.push_back(pointer);
      return;
    }
    llvm::Value* has_elements = emitter.builder.CreateIsNotNull(emitter.count(elements));
    missing = emitter.builder.CreateOr(missing,
                                       emitter.builder.CreateAnd(emitter.builder.CreateIsNull(pointer), has_elements));
  };
  for (std::size_t k = 0; k < call.inputs.size(); ++k) {
    add(call.inputs[k], graph.node(graph.inputs[k].node).type.shape);
  }
  for (std::size_t k = 0; k < call.outputs.size(); ++k) {
    add(call.outputs[k], graph.node(graph.outputs[k].node).type.shape);
  }
  return_if(emitter, emitter.builder.CreateOr(any_null(emitter, tensors), missing), KDLC_E_NULL);
}

void check_call(Interface& interface, const Call& call) {
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  return_if(emitter, builder.CreateICmpEQ(call.samples, emitter.integer(0)), KDLC_OK);
  return_if(emitter, builder.CreateIsNull(call.weights), KDLC_E_NULL);
  check_arena(interface, call);
  if (call.state != nullptr) {
    return_if(emitter, builder.CreateIsNull(call.state), KDLC_E_NULL);
  }
  check_tensors(interface, call);
  check_weights(interface, call);
  check_dims(interface, call);
  if (llvm::Value* state_is_kept = emit_state_is_kept(interface)) {
    return_if(emitter, builder.CreateNot(state_is_kept), KDLC_E_CPU);
  }
}

/// Of all samples, so that a call with a number out of range computes nothing.
void check_inputs(Interface& interface, const Call& call) {
  if (interface.check_inputs == nullptr) {
    return;
  }
  std::vector<llvm::Value*> arguments = call.inputs;
  arguments.push_back(call.samples);
  arguments.insert(arguments.end(), call.dims.begin(), call.dims.end());
  llvm::Value* status = interface.emitter.builder.CreateCall(interface.check_inputs, arguments);
  return_if(interface.emitter, interface.emitter.builder.CreateIsNotNull(status), KDLC_E_INDEX);
}

/// The tensor's pointer at sample `first`; a tensor without a batch axis is the same for all.
llvm::Value* sample_pointer(Emitter& emitter, llvm::Value* base, const TensorType& type, llvm::Value* first) {
  if (!type.shape.has_batch()) {
    return base;
  }
  llvm::Value* elements = emitter.count(type.shape.without_batch().element_count());
  return emitter.builder.CreateGEP(emitter.memory_type(type.dtype), base, emitter.builder.CreateMul(first, elements));
}

}  // namespace

void name_sizes(Interface& interface, const Call& call) {
  interface.emitter.frame.sizes[Dim::batch().to_text()] = call.samples;
  for (std::size_t k = 0; k < call.dims.size(); ++k) {
    interface.emitter.frame.sizes[interface.plan.graph.dims[k].name] = call.dims[k];
  }
}

void call_body(Interface& interface, const Call& call, llvm::Function* body, llvm::Value* first, llvm::Value* samples,
               const std::vector<llvm::Value*>& more) {
  Emitter& emitter = interface.emitter;
  const graph::Graph& graph = interface.plan.graph;
  llvm::Value* tensors = emitter.builder.CreateLoad(emitter.builder.getPtrTy(), call.weights, "tensors");
  std::vector<llvm::Value*> arguments = {tensors, call.arena};
  for (std::size_t k = 0; k < call.inputs.size(); ++k) {
    arguments.push_back(sample_pointer(emitter, call.inputs[k], graph.node(graph.inputs[k].node).type, first));
  }
  for (std::size_t k = 0; k < call.outputs.size(); ++k) {
    arguments.push_back(sample_pointer(emitter, call.outputs[k], graph.node(graph.outputs[k].node).type, first));
  }
  for (std::size_t k = 0; k < interface.plan.tap_offsets.size(); ++k) {
    arguments.push_back(tap_pointer(interface, call.arena, k));
  }
  for (std::size_t k = 0; k < interface.plan.states.size(); ++k) {
    arguments.push_back(state_pointer(interface, call.state, k, first));
  }
  for (std::size_t k = 0; k < interface.plan.states.size(); ++k) {
    arguments.push_back(next_state_pointer(interface, call.next_states, k, first));
  }
  arguments.push_back(samples);
  arguments.insert(arguments.end(), call.dims.begin(), call.dims.end());
  arguments.insert(arguments.end(), more.begin(), more.end());
  llvm::Value* status = emitter.builder.CreateCall(body, arguments);
  if (!status->getType()->isVoidTy()) {
    return_if(emitter, emitter.builder.CreateIsNotNull(status), KDLC_E_INDEX);
  }
  emit_tap_calls(interface, {.options = call.options, .arena = call.arena, .first = first, .samples = samples});
}

void emit_chunk_loop(Interface& interface, const Call& call) {
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Function* function = builder.GetInsertBlock()->getParent();
  const auto block = [&](const char* name) { return llvm::BasicBlock::Create(emitter.context(), name, function); };
  llvm::BasicBlock* before = builder.GetInsertBlock();
  llvm::BasicBlock* loop = block("samples");
  llvm::BasicBlock* one = block("one");
  llvm::BasicBlock* next = block("next");
  llvm::BasicBlock* done = block("done");

  builder.CreateBr(loop);
  builder.SetInsertPoint(loop);
  llvm::PHINode* first = builder.CreatePHI(builder.getInt64Ty(), 2, "first");
  first->addIncoming(call.begin != nullptr ? call.begin : emitter.integer(0), before);
  llvm::Value* left = builder.CreateSub(call.samples, first);
  llvm::Value* most = emitter.integer(interface.chunk != nullptr ? interface.plan.chunk.samples : 1);
  llvm::Value* count = builder.CreateSelect(builder.CreateICmpULT(left, most), left, most, "count");
  if (interface.chunk != nullptr) {
    llvm::BasicBlock* several = block("several");
    builder.CreateCondBr(builder.CreateICmpEQ(count, emitter.integer(1)), one, several);
    builder.SetInsertPoint(several);
    call_body(interface, call, interface.chunk, first, count);
    builder.CreateBr(next);
  } else {
    builder.CreateBr(one);
  }
  builder.SetInsertPoint(one);
  call_body(interface, call, interface.single, first, emitter.integer(1));
  builder.CreateBr(next);

  builder.SetInsertPoint(next);
  llvm::Value* following = builder.CreateAdd(first, count);
  first->addIncoming(following, next);
  builder.CreateCondBr(builder.CreateICmpEQ(following, call.samples), done, loop);
  builder.SetInsertPoint(done);
}

void finish_call(Interface& interface, const Call& call) {
  llvm::IRBuilder<>& builder = interface.emitter.builder;
  if (call.state != nullptr) {
    builder.CreateCall(interface.commit, {call.state, call.arena, call.samples});
  }
  builder.CreateRet(builder.getInt32(KDLC_OK));
}

namespace {

/// The loop over the samples of a checked call as a function of its own, whose registers a call with one sample need
/// not save.
llvm::Function* emit_samples(Interface& interface) {
  Emitter& emitter = interface.emitter;
  llvm::Function* function = begin_interface_function(interface, "samples", forward_type(interface.plan, emitter),
                                                      llvm::Function::InternalLinkage);
  function->addFnAttr(llvm::Attribute::NoInline);
  const Call call = name_arguments(*function, interface.plan);
  emitter.frame = {};
  name_sizes(interface, call);
  emit_chunk_loop(interface, call);
  finish_call(interface, call);
  return function;
}

/// The builder stands where the call has one sample.
void return_unless_one(Interface& interface, const Call& call, llvm::Function* samples) {
  llvm::IRBuilder<>& builder = interface.emitter.builder;
  llvm::Function* function = builder.GetInsertBlock()->getParent();
  llvm::BasicBlock* one = llvm::BasicBlock::Create(interface.emitter.context(), "one", function);
  llvm::BasicBlock* several = llvm::BasicBlock::Create(interface.emitter.context(), "several", function);
  builder.CreateCondBr(builder.CreateICmpEQ(call.samples, interface.emitter.integer(1)), one, several);
  builder.SetInsertPoint(several);
  std::vector<llvm::Value*> arguments;
  for (llvm::Argument& argument : function->args()) {
    arguments.push_back(&argument);
  }
  builder.CreateRet(builder.CreateCall(samples, arguments));
  builder.SetInsertPoint(one);
}

}  // namespace

void emit_forward(Interface& interface) {
  Emitter& emitter = interface.emitter;
  llvm::Function* samples = has_batch(interface.plan) ? emit_samples(interface) : nullptr;
  llvm::Function* function = begin_interface_function(interface, "forward", forward_type(interface.plan, emitter),
                                                      llvm::Function::ExternalLinkage);
  const Call call = name_arguments(*function, interface.plan);
  emitter.frame = {};
  name_sizes(interface, call);
  check_call(interface, call);
  check_inputs(interface, call);
  emit_threaded_call(interface, call);
  if (samples != nullptr) {
    return_unless_one(interface, call, samples);
  }
  call_body(interface, call, interface.single, emitter.integer(0), emitter.integer(1));
  finish_call(interface, call);
  interface.forward = function;
}

void emit_run(Interface& interface) {
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Type* pointer = builder.getPtrTy();
  llvm::Type* size = builder.getInt64Ty();
  auto* type = llvm::FunctionType::get(builder.getInt32Ty(),
                                       {pointer, pointer, size, pointer, pointer, pointer, pointer, pointer}, false);
  llvm::Function* function = begin_interface_function(interface, "run", type, llvm::Function::InternalLinkage);
  enum { kWeights, kArena, kArenaBytes, kOptions, kState, kSizes, kInputs, kOutputs };
  const auto element = [&](unsigned array, std::size_t index, llvm::Type* element_type) {
    return builder.CreateLoad(element_type,
                              builder.CreateConstInBoundsGEP1_64(element_type, function->getArg(array), index));
  };
  const graph::Graph& graph = interface.plan.graph;

  return_if(emitter, builder.CreateIsNull(function->getArg(kSizes)), KDLC_E_NULL);
  std::vector<llvm::Value*> arguments = {function->getArg(kWeights), function->getArg(kArena),
                                         function->getArg(kArenaBytes), function->getArg(kOptions)};
  if (!interface.plan.states.empty()) {
    arguments.push_back(function->getArg(kState));
  }
  arguments.push_back(element(kSizes, 0, size));
  return_if(emitter, builder.CreateICmpEQ(arguments.back(), emitter.integer(0)), KDLC_OK);
  std::vector<llvm::Value*> arrays;
  if (!graph.inputs.empty()) {
    arrays.push_back(function->getArg(kInputs));
  }
  arrays.push_back(function->getArg(kOutputs));
  return_if(emitter, any_null(emitter, arrays), KDLC_E_NULL);
  for (std::size_t k = 0; k < graph.dims.size(); ++k) {
    arguments.push_back(element(kSizes, 1 + k, size));
  }
  for (std::size_t k = 0; k < graph.inputs.size(); ++k) {
    arguments.push_back(element(kInputs, k, pointer));
  }
  for (std::size_t k = 0; k < graph::declared_outputs(graph).size(); ++k) {
    arguments.push_back(element(kOutputs, k, pointer));
  }
  builder.CreateRet(builder.CreateCall(interface.forward, arguments));
  interface.run = function;
}

}  // namespace kdlc::codegen
