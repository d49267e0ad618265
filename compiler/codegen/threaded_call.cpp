// A call that computes with the caller's parallel-for: its samples are shared out, and what is left is computed
// together.
#include <algorithm>
#include <iterator>

#include <kdlc_abi.h>
#include <llvm/IR/Intrinsics.h>

#include "codegen/call.hpp"
#include "codegen/loops.hpp"

namespace kdlc::codegen {
namespace {

/// What tasks are told of a call, in the order of the words of their frame.
std::vector<llvm::Value**> words_of(Call& call) {
  std::vector<llvm::Value**> words = {&call.weights, &call.arena, &call.samples};
  if (call.state != nullptr) {
    words.push_back(&call.state);
  }
  for (std::vector<llvm::Value*>* values : {&call.dims, &call.inputs, &call.outputs}) {
    std::transform(values->begin(), values->end(), std::back_inserter(words),
                   [](llvm::Value*& value) { return &value; });
  }
  return words;
}

/// int32_t <prefix>_range(frame, thread): this thread's part of the samples of a call, in this thread's arena.
llvm::Function* emit_range(Interface& interface, Call call) {
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  const llvm::IRBuilder<>::InsertPointGuard guard(builder);
  const Frame caller_frame = emitter.frame;
  auto* type = llvm::FunctionType::get(builder.getInt32Ty(), {builder.getPtrTy(), builder.getInt64Ty()}, false);
  llvm::Function* function = begin_interface_function(interface, "range", type, llvm::Function::InternalLinkage);
  llvm::Value* thread = function->getArg(1);
  std::size_t number = 0;
  for (llvm::Value** value : words_of(call)) {
    *value = builder.CreateLoad((*value)->getType(), frame_word(emitter, function->getArg(0), number++));
  }
  call.next_states = call.arena;
  call.options = llvm::ConstantPointerNull::get(builder.getPtrTy());
  emitter.frame = {};
  name_sizes(interface, call);
  llvm::Value* threads = emitter.integer(interface.plan.threads.count);
  llvm::Value* share = builder.CreateUDiv(call.samples, threads);
  llvm::Value* rest = builder.CreateURem(call.samples, threads);
  call.begin = builder.CreateAdd(builder.CreateMul(thread, share),
                                 builder.CreateBinaryIntrinsic(llvm::Intrinsic::umin, thread, rest), "begin");
  call.samples =
      builder.CreateAdd(builder.CreateAdd(call.begin, share),
                        builder.CreateZExt(builder.CreateICmpULT(thread, rest), builder.getInt64Ty()), "end");
  llvm::Value* stride = emitter.integer(interface.plan.threads.arena_stride);
  call.arena = builder.CreateGEP(builder.getInt8Ty(), call.arena, builder.CreateMul(thread, stride));
  return_if(emitter, builder.CreateICmpEQ(call.begin, call.samples), KDLC_OK);
  emit_chunk_loop(interface, call);
  builder.CreateRet(builder.getInt32(KDLC_OK));
  emitter.frame = caller_frame;
  return function;
}

/// Samples 0 to call.samples - 1, a part of them to every thread.
void share_samples(Interface& interface, Call call, const Team& team) {
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Function* range = emit_range(interface, call);
  const std::vector<llvm::Value**> words = words_of(call);
  llvm::Function* task = nullptr;
  {
    const llvm::IRBuilder<>::InsertPointGuard guard(builder);
    task = begin_task(interface, "share");
    llvm::Value* status = builder.CreateCall(range, {task->getArg(0), task->getArg(1)});
    if_then(emitter, builder.CreateIsNotNull(status), [&] {
      // Several threads may store it, all of them the same.
      llvm::StoreInst* store = builder.CreateStore(status, frame_word(emitter, task->getArg(0), words.size()));
      store->setAtomic(llvm::AtomicOrdering::Monotonic);
    });
    builder.CreateRetVoid();
  }
  llvm::Value* frame = frame_memory(emitter, words.size() + 1);
  for (std::size_t number = 0; number < words.size(); ++number) {
    builder.CreateStore(*words[number], frame_word(emitter, frame, number));
  }
  llvm::Value* status = frame_word(emitter, frame, words.size());
  builder.CreateStore(builder.getInt32(KDLC_OK), status);
  call_team(interface, team, interface.plan.threads.count, task, frame);
  return_if(emitter, builder.CreateIsNotNull(builder.CreateLoad(builder.getInt32Ty(), status)), KDLC_E_INDEX);
}

}  // namespace

void emit_threaded_call(Interface& interface, const Call& call) {
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  const plan::Threads& threads = interface.plan.threads;
  const bool has_samples = has_batch(interface.plan);
  const bool shares = has_samples && threads.least_samples > 0;
  if (threads.count == 1 || (!shares && interface.together == nullptr)) {
    return;
  }
  const Team team = load_team(interface, call.options);
  llvm::Value* is_enough =
      shares ? builder.CreateICmpUGE(call.samples, emitter.integer(threads.least_samples)) : builder.getFalse();
  llvm::Value* is_used = builder.CreateIsNotNull(team.parallel_for);
  if (interface.together == nullptr) {
    is_used = builder.CreateAnd(is_used, is_enough);
  }
  if_then(emitter, is_used, [&] {
    llvm::Value* shared = emitter.integer(0);
    if (shares) {
      llvm::Value* rest = interface.together == nullptr
                              ? emitter.integer(0)
                              : builder.CreateURem(call.samples, emitter.integer(threads.count));
      shared = builder.CreateSelect(is_enough, builder.CreateSub(call.samples, rest), emitter.integer(0), "shared");
      if_then(emitter, is_enough, [&] {
        Call part = call;
        part.samples = shared;
        share_samples(interface, part, team);
      });
    }
    if (interface.together != nullptr) {
      llvm::Value* end = has_samples ? call.samples : emitter.integer(1);
      for_each(emitter, {.begin = shared, .end = end}, [&](llvm::Value* first) {
        call_body(interface, call, interface.together, first, emitter.integer(1), {team.parallel_for, team.context});
      });
    }
    llvm::BasicBlock* after =
        llvm::BasicBlock::Create(emitter.context(), "never", builder.GetInsertBlock()->getParent());
    finish_call(interface, call);
    builder.SetInsertPoint(after);
  });
}

}  // namespace kdlc::codegen
