// Sizes known only at run time, computed where a function needs them.
#include <algorithm>

#include <llvm/IR/Intrinsics.h>

#include "codegen/emitter.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {

namespace {

/// Towards minus infinity, the divisor being positive.
llvm::Value* floor_divide(Emitter& emitter, llvm::Value* left, llvm::Value* right) {
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Value* quotient = builder.CreateSDiv(left, right);
  llvm::Value* remainder = builder.CreateSRem(left, right);
  llvm::Value* is_below = builder.CreateICmpSLT(remainder, emitter.integer(0));
  return builder.CreateSub(quotient, builder.CreateZExt(is_below, builder.getInt64Ty()));
}

llvm::Value* emit_term(Emitter& emitter, const Dim::Term& term) {
  llvm::IRBuilder<>& builder = emitter.builder;
  if (term.opaque == Dim::Opaque::symbol) {
    const auto found = emitter.frame.sizes.find(term.symbol);
    KDLC_ASSERT(found != emitter.frame.sizes.end(), "a function knows the sizes that its code mentions");
    return found->second;
  }
  if (term.opaque == Dim::Opaque::product) {
    llvm::Value* product = emitter.count(term.operands[0]);
    for (std::size_t factor = 1; factor < term.operands.size(); ++factor) {
      product = builder.CreateMul(product, emitter.count(term.operands[factor]));
    }
    return product;
  }
  KDLC_ASSERT(term.operands.size() == 2, "arithmetic of sizes joins two");
  llvm::Value* left = emitter.count(term.operands[0]);
  llvm::Value* right = emitter.count(term.operands[1]);
  switch (term.opaque) {
    case Dim::Opaque::symbol:
    case Dim::Opaque::product:
      break;
    case Dim::Opaque::floor_divide:
      return floor_divide(emitter, left, right);
    case Dim::Opaque::remainder:
      return builder.CreateSub(left, builder.CreateMul(floor_divide(emitter, left, right), right));
    case Dim::Opaque::minimum:
      return builder.CreateBinaryIntrinsic(llvm::Intrinsic::smin, left, right);
    case Dim::Opaque::maximum:
      return builder.CreateBinaryIntrinsic(llvm::Intrinsic::smax, left, right);
  }
  KDLC_UNREACHABLE("every kind of size was computed");
}

}  // namespace

llvm::Value* Emitter::count(const Dim& dim) {
  llvm::Value* sum = nullptr;
  for (const Dim::Term& term : dim.terms()) {
    llvm::Value* value = emit_term(*this, term);
    if (term.coefficient != 1) {
      value = builder.CreateMul(value, integer(term.coefficient));
    }
    sum = sum == nullptr ? value : builder.CreateAdd(sum, value);
  }
  if (sum == nullptr) {
    return integer(dim.constant_part());
  }
  return dim.constant_part() == 0 ? sum : builder.CreateAdd(sum, integer(dim.constant_part()));
}

llvm::Value* Emitter::count_once(const Dim& dim) {
  if (dim.is_constant()) {
    return integer(dim.constant());
  }
  if (!frame.turns.empty()) {
    const std::vector<std::string> symbols = dim.symbols();
    if (std::any_of(symbols.begin(), symbols.end(), [&](const auto& symbol) { return frame.turns.contains(symbol); })) {
      return count(dim);
    }
  }
  llvm::Value*& value = frame.known[dim.to_text()];
  if (value == nullptr) {
    const llvm::IRBuilder<>::InsertPointGuard guard(builder);
    if (llvm::Instruction* end = builder.GetInsertBlock()->getParent()->getEntryBlock().getTerminator()) {
      builder.SetInsertPoint(end);
    }
    value = count(dim);
  }
  return value;
}

}  // namespace kdlc::codegen
