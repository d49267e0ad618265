// What only AVX-512 has: one instruction that multiplies by a power of two, and reciprocals good to 14 bits.
#pragma once

#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/TargetParser/Triple.h>

#include "codegen/math/real.hpp"

namespace kdlc::codegen {

/// Whether x fills a register of a processor with AVX-512.
inline bool has_avx512_form(Real x) {
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(x.type());
  return vector != nullptr && vector->getPrimitiveSizeInBits() == 512 && x.emitter->machine.has_masks &&
         llvm::Triple(x.emitter->target.triple).isX86();
}

/// x × 2^n for a whole number n; denormals, infinities and NaN as the exact product rounded once.
inline Real scaled_by_power_of_two(Real x, Real n) {
  constexpr std::uint32_t kCurrentRounding = 4;
  llvm::IRBuilder<>& builder = x.builder();
  const auto intrinsic =
      x.is_f32() ? llvm::Intrinsic::x86_avx512_mask_scalef_ps_512 : llvm::Intrinsic::x86_avx512_mask_scalef_pd_512;
  llvm::Type* mask = builder.getIntNTy(x.is_f32() ? 16 : 8);
  return {x.emitter,
          builder.CreateIntrinsic(intrinsic, {},
                                  {x.value, n.value, llvm::Constant::getNullValue(x.type()),
                                   llvm::Constant::getAllOnesValue(mask), builder.getInt32(kCurrentRounding)})};
}

/// 1 / x within 2^-14 of it.
inline Real estimated_reciprocal(Real x) {
  llvm::IRBuilder<>& builder = x.builder();
  return {x.emitter, builder.CreateIntrinsic(llvm::Intrinsic::x86_avx512_rcp14_ps_512, {},
                                             {x.value, llvm::Constant::getNullValue(x.type()),
                                              llvm::Constant::getAllOnesValue(builder.getInt16Ty())})};
}

}  // namespace kdlc::codegen
