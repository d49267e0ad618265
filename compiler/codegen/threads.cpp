// One sample by several threads: every region of the plan becomes a task, and <prefix>_together hands one after the
// other to the caller's parallel-for.
//
//   together(arguments of a body, parallel_for, context):
//     frame = { arguments…, status, round }
//     for each region, and each of its rounds:
//       frame.round = round
//       parallel_for(context, threads, region, frame), or region(frame, 0) for one thread
//   region(frame, thread):
//     for each share that this thread takes part in:  its step, at the place of this thread
#include <algorithm>

#include <kdlc_abi.h>

#include "codegen/interface.hpp"
#include "codegen/loops.hpp"
#include "plan/step_accesses.hpp"

namespace kdlc::codegen {
namespace {

/// Shares of a region in one function: see kStepsInFunction of module.cpp.
constexpr std::size_t kSharesInFunction = 32;

llvm::Value* load_field(Emitter& emitter, llvm::Value* record, std::size_t offset, llvm::Type* type) {
  llvm::IRBuilder<>& builder = emitter.builder;
  return builder.CreateLoad(type, builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), record, offset));
}

/// The word of the frame with the round of the region at hand.
llvm::Value* round_word(Interface& interface, llvm::Value* words) {
  return frame_word(interface.emitter, words, interface.single->getFunctionType()->getNumParams() + 1);
}

/// The frame as a body's: its words are the arguments of a body, then the status, then the round.
void load_frame(Interface& interface, llvm::Value* words) {
  Emitter& emitter = interface.emitter;
  llvm::FunctionType* body = interface.single->getFunctionType();
  std::vector<llvm::Value*> arguments;
  for (unsigned number = 0; number < body->getNumParams(); ++number) {
    llvm::Value* place = frame_word(emitter, words, number);
    arguments.push_back(emitter.builder.CreateLoad(body->getParamType(number), place));
  }
  emitter.frame = frame_of(arguments, interface.plan, emitter.integer(1));
  emitter.frame.status = frame_word(emitter, words, body->getNumParams());
}

/// The shares that the same threads take part in, for this thread.
void emit_shares(Emitter& emitter, const plan::Region& region, std::span<const plan::Share> shares,
                 llvm::Value* thread) {
  const plan::Share& front = shares.front();
  llvm::Value* index = emitter.builder.CreateSub(thread, emitter.integer(front.first));
  const auto emit_all = [&] {
    // A turn: what mentions the thread is computed where it stands, as groups count from their own first thread.
    emitter.frame.sizes[plan::kThreadSymbol] = index;
    emitter.frame.turns.insert(plan::kThreadSymbol);
    for (const plan::Share& share : shares) {
      emit_named_step(emitter, share.step);
    }
  };
  if (front.threads == region.threads) {
    emit_all();
    return;
  }
  if_then(emitter, emitter.builder.CreateICmpULT(index, emitter.integer(front.threads)), emit_all);
}

/// One task of some shares of a region.
llvm::Function* emit_task(Interface& interface, const plan::Region& region, std::span<const plan::Share> shares,
                          const std::string& name) {
  Emitter& emitter = interface.emitter;
  llvm::Function* task = begin_task(interface, name);
  load_frame(interface, task->getArg(0));
  if (region.rounds > 1) {
    llvm::Value* word = round_word(interface, task->getArg(0));
    emitter.frame.sizes[plan::kRoundSymbol] = emitter.builder.CreateLoad(emitter.builder.getInt64Ty(), word);
    emitter.frame.turns.insert(plan::kRoundSymbol);
  }
  while (!shares.empty()) {
    std::size_t count = 1;
    while (count < shares.size() && shares[count].first == shares.front().first &&
           shares[count].threads == shares.front().threads) {
      ++count;
    }
    emit_shares(emitter, region, shares.first(count), task->getArg(1));
    shares = shares.subspan(count);
  }
  emitter.builder.CreateRetVoid();
  return task;
}

llvm::Function* emit_region(Interface& interface, const plan::Region& region, const std::string& name) {
  const std::span<const plan::Share> shares = region.shares;
  if (shares.size() <= kSharesInFunction) {
    return emit_task(interface, region, shares, name);
  }
  std::vector<llvm::Function*> parts;
  for (std::size_t first = 0; first < shares.size(); first += kSharesInFunction) {
    const std::size_t count = std::min(kSharesInFunction, shares.size() - first);
    parts.push_back(
        emit_task(interface, region, shares.subspan(first, count), name + "_" + std::to_string(parts.size())));
  }
  llvm::Function* task = begin_task(interface, name);
  for (llvm::Function* part : parts) {
    interface.emitter.builder.CreateCall(part, {task->getArg(0), task->getArg(1)});
  }
  interface.emitter.builder.CreateRetVoid();
  return task;
}

}  // namespace

Team load_team(Interface& interface, llvm::Value* options) {
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Type* pointer = builder.getPtrTy();
  llvm::Value* null = llvm::ConstantPointerNull::get(builder.getPtrTy());
  llvm::Function* function = builder.GetInsertBlock()->getParent();
  llvm::BasicBlock* before = builder.GetInsertBlock();
  llvm::BasicBlock* given = llvm::BasicBlock::Create(emitter.context(), "options", function);
  llvm::BasicBlock* fields = llvm::BasicBlock::Create(emitter.context(), "thread_fields", function);
  llvm::BasicBlock* known = llvm::BasicBlock::Create(emitter.context(), "team", function);
  builder.CreateCondBr(builder.CreateIsNotNull(options), given, known);
  builder.SetInsertPoint(given);
  // A caller of an earlier interface may hand in a shorter struct.
  llvm::Value* bytes = load_field(emitter, options, offsetof(kdlc_options, struct_bytes), emitter.builder.getInt64Ty());
  builder.CreateCondBr(builder.CreateICmpUGE(bytes, emitter.integer(sizeof(kdlc_options))), fields, known);
  builder.SetInsertPoint(fields);
  llvm::Value* parallel_for = load_field(emitter, options, offsetof(kdlc_options, parallel_for), pointer);
  llvm::Value* context = load_field(emitter, options, offsetof(kdlc_options, parallel_context), pointer);
  if (!graph::tapped_outputs(interface.plan.graph).empty()) {
    llvm::Value* tap = load_field(emitter, options, offsetof(kdlc_options, tap), pointer);
    parallel_for = builder.CreateSelect(builder.CreateIsNull(tap), parallel_for, null);
  }
  builder.CreateBr(known);
  builder.SetInsertPoint(known);
  const auto join = [&](llvm::Value* value) {
    llvm::PHINode* phi = builder.CreatePHI(pointer, 3);
    phi->addIncoming(null, before);
    phi->addIncoming(null, given);
    phi->addIncoming(value, fields);
    return phi;
  };
  llvm::Value* joined = join(parallel_for);
  return {.parallel_for = joined, .context = join(context)};
}

void call_team(Interface& interface, const Team& team, std::int64_t threads, llvm::Function* task, llvm::Value* frame) {
  Emitter& emitter = interface.emitter;
  llvm::Type* pointer = emitter.builder.getPtrTy();
  auto* type = llvm::FunctionType::get(emitter.builder.getVoidTy(),
                                       {pointer, emitter.builder.getInt64Ty(), pointer, pointer}, false);
  emitter.builder.CreateCall(type, team.parallel_for, {team.context, emitter.integer(threads), task, frame});
}

llvm::Function* begin_task(Interface& interface, const std::string& name) {
  Emitter& emitter = interface.emitter;
  auto* type = llvm::FunctionType::get(emitter.builder.getVoidTy(),
                                       {emitter.builder.getPtrTy(), emitter.builder.getInt64Ty()}, false);
  llvm::Function* task = llvm::Function::Create(type, llvm::Function::InternalLinkage,
                                                interface.options.prefix + "_" + name, emitter.module);
  emitter.set_function_attributes(*task);
  task->addFnAttr(llvm::Attribute::NoInline);
  interface.bodies.insert(task);
  emitter.builder.SetInsertPoint(llvm::BasicBlock::Create(emitter.context(), "entry", task));
  return task;
}

llvm::Value* frame_memory(Emitter& emitter, std::size_t count) {
  llvm::BasicBlock& entry = emitter.builder.GetInsertBlock()->getParent()->getEntryBlock();
  llvm::IRBuilder<> builder(&entry, entry.begin());
  return builder.CreateAlloca(llvm::ArrayType::get(builder.getInt64Ty(), count), nullptr, "frame");
}

llvm::Value* frame_word(Emitter& emitter, llvm::Value* frame, std::size_t number) {
  return emitter.builder.CreateConstInBoundsGEP1_64(emitter.builder.getInt64Ty(), frame, number);
}

void emit_together(Interface& interface) {
  const std::vector<plan::Region>& regions = interface.plan.threads.regions;
  if (regions.empty()) {
    return;
  }
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  std::vector<llvm::Function*> tasks;
  for (const plan::Region& region : regions) {
    tasks.push_back(emit_region(interface, region, "region_" + std::to_string(tasks.size())));
  }
  llvm::FunctionType* body = interface.single->getFunctionType();
  std::vector<llvm::Type*> types(body->param_begin(), body->param_end());
  types.insert(types.end(), 2, builder.getPtrTy());
  llvm::Function* function =
      llvm::Function::Create(llvm::FunctionType::get(body->getReturnType(), types, false),
                             llvm::Function::InternalLinkage, interface.options.prefix + "_together", emitter.module);
  emitter.set_function_attributes(*function);
  function->addFnAttr(llvm::Attribute::NoInline);
  interface.bodies.insert(function);
  builder.SetInsertPoint(llvm::BasicBlock::Create(emitter.context(), "entry", function));
  const unsigned count = body->getNumParams();
  const bool has_rounds =
      std::any_of(regions.begin(), regions.end(), [](const plan::Region& region) { return region.rounds > 1; });
  llvm::Value* frame = frame_memory(emitter, count + (has_rounds ? 2 : 1));
  for (unsigned number = 0; number < count; ++number) {
    builder.CreateStore(function->getArg(number), frame_word(emitter, frame, number));
  }
  llvm::Value* status = frame_word(emitter, frame, count);
  builder.CreateStore(builder.getInt8(0), status);
  const Team team{.parallel_for = function->getArg(count), .context = function->getArg(count + 1)};
  for (std::size_t number = 0; number < regions.size(); ++number) {
    const auto run = [&] {
      if (regions[number].threads == 1) {
        builder.CreateCall(tasks[number], {frame, emitter.integer(0)});
      } else {
        call_team(interface, team, regions[number].threads, tasks[number], frame);
      }
    };
    if (regions[number].rounds == 1) {
      run();
      continue;
    }
    for_each(emitter, emitter.integer(regions[number].rounds), [&](llvm::Value* round) {
      builder.CreateStore(round, round_word(interface, frame));
      run();
    });
  }
  emitter.frame = {};
  emitter.frame.status = body->getReturnType()->isVoidTy() ? nullptr : status;
  emit_result(emitter);
  interface.together = function;
}

}  // namespace kdlc::codegen
