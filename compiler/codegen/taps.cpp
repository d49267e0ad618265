// After each call of a body: the taps of its samples, shown to the callback of the options.
#include <kdlc_abi.h>

#include "codegen/interface.hpp"

namespace kdlc::codegen {
namespace {

/// Leaves the code at hand for `other` unless `condition` holds.
void go_on_if(Emitter& emitter, llvm::Value* condition, llvm::BasicBlock* other, const char* name) {
  llvm::Function* function = emitter.builder.GetInsertBlock()->getParent();
  llvm::BasicBlock* next = llvm::BasicBlock::Create(emitter.context(), name, function, other);
  emitter.builder.CreateCondBr(condition, next, other);
  emitter.builder.SetInsertPoint(next);
}

llvm::Value* load_field(Emitter& emitter, llvm::Value* record, std::size_t offset, llvm::Type* type) {
  llvm::IRBuilder<>& builder = emitter.builder;
  return builder.CreateLoad(type, builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), record, offset));
}

}  // namespace

llvm::Value* tap_pointer(Interface& interface, llvm::Value* arena, std::size_t tap) {
  llvm::IRBuilder<>& builder = interface.emitter.builder;
  return builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), arena,
                                            static_cast<std::uint64_t>(interface.plan.tap_offsets[tap]));
}

void emit_tap_calls(Interface& interface, const TapSite& site) {
  const graph::Graph& graph = interface.plan.graph;
  const std::span<const graph::OutputInfo> taps = graph::tapped_outputs(graph);
  if (taps.empty()) {
    return;
  }
  Emitter& emitter = interface.emitter;
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Type* pointer = builder.getPtrTy();
  llvm::Type* size = builder.getInt64Ty();
  llvm::BasicBlock* shown = llvm::BasicBlock::Create(emitter.context(), "shown", builder.GetInsertBlock()->getParent());
  go_on_if(emitter, builder.CreateIsNotNull(site.options), shown, "options");
  // A caller of an earlier interface may hand in a shorter struct.
  llvm::Value* given_bytes = load_field(emitter, site.options, offsetof(kdlc_options, struct_bytes), size);
  go_on_if(emitter, builder.CreateICmpUGE(given_bytes, emitter.integer(sizeof(kdlc_options))), shown, "tap_fields");
  llvm::Value* callback = load_field(emitter, site.options, offsetof(kdlc_options, tap), pointer);
  go_on_if(emitter, builder.CreateIsNotNull(callback), shown, "taps");
  llvm::Value* context = load_field(emitter, site.options, offsetof(kdlc_options, tap_context), pointer);
  auto* type = llvm::FunctionType::get(builder.getVoidTy(), {pointer, pointer, size, size, pointer}, false);
  for (std::size_t k = 0; k < taps.size(); ++k) {
    llvm::Value* name = builder.CreateGlobalString(taps[k].name, "tap", 0, &emitter.module);
    llvm::Value* data = tap_pointer(interface, site.arena, k);
    if (graph.node(taps[k].node).type.shape.has_batch()) {
      builder.CreateCall(type, callback, {context, name, site.first, site.samples, data});
      continue;
    }
    // One value for all samples is shown once.
    llvm::BasicBlock* next =
        llvm::BasicBlock::Create(emitter.context(), "next_tap", builder.GetInsertBlock()->getParent(), shown);
    go_on_if(emitter, builder.CreateICmpEQ(site.first, emitter.integer(0)), next, "shared_tap");
    builder.CreateCall(type, callback, {context, name, emitter.integer(0), emitter.integer(1), data});
    builder.CreateBr(next);
    builder.SetInsertPoint(next);
  }
  builder.CreateBr(shown);
  builder.SetInsertPoint(shown);
}

}  // namespace kdlc::codegen
