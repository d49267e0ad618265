// Elementary functions of vectors (or scalars) of f32 and f64 as straight-line code: no call, no branch, and tables
// only where sixteen lanes look numbers up in registers.
//
// Errors in units in the last place, measured over dense samples by tests/unit/codegen/vector_math_test.cpp, which
// asserts them. Infinities, NaN, zeros and denormals give what IEEE and C say, but for the sign of a zero result.
#pragma once

#include "codegen/emitter.hpp"

namespace kdlc::codegen {

llvm::Value* emit_exp(Emitter& emitter, llvm::Value* x);      // f32 1, f64 1
llvm::Value* emit_expm1(Emitter& emitter, llvm::Value* x);    // f32 2, f64 2
llvm::Value* emit_log(Emitter& emitter, llvm::Value* x);      // f32 1, f64 1
llvm::Value* emit_log1p(Emitter& emitter, llvm::Value* x);    // f32 1, f64 1
llvm::Value* emit_tanh(Emitter& emitter, llvm::Value* x);     // f32 3, f64 3
llvm::Value* emit_sigmoid(Emitter& emitter, llvm::Value* x);  // f32 3, f64 3
llvm::Value* emit_erf(Emitter& emitter, llvm::Value* x);      // f32 1.5, f64 1.5
llvm::Value* emit_gelu(Emitter& emitter, llvm::Value* x);     // f32 2, f64 2, of x
llvm::Value* emit_silu(Emitter& emitter, llvm::Value* x);     // f32 2, f64 2, of x
/// For |x| up to 10^6: f32 2, f64 2 of the larger of the result and 10^-6. Beyond, the angle loses what its own last
/// place is worth.
llvm::Value* emit_sin(Emitter& emitter, llvm::Value* x);
llvm::Value* emit_cos(Emitter& emitter, llvm::Value* x);
/// f32 1; f64 2 + 2 |y ln x|.
llvm::Value* emit_power(Emitter& emitter, llvm::Value* x, llvm::Value* y);
llvm::Value* emit_sqrt(Emitter& emitter, llvm::Value* x);   // exact
llvm::Value* emit_rsqrt(Emitter& emitter, llvm::Value* x);  // f32 1.5, f64 1.5

llvm::Value* emit_floor(Emitter& emitter, llvm::Value* x);
llvm::Value* emit_ceil(Emitter& emitter, llvm::Value* x);
llvm::Value* emit_round(Emitter& emitter, llvm::Value* x);  // halves to even
/// The sign of the divisor, as NumPy; exact for f32 while |x / y| < 2^29.
llvm::Value* emit_remainder(Emitter& emitter, llvm::Value* x, llvm::Value* y);
/// NaN goes through.
llvm::Value* emit_minimum(Emitter& emitter, llvm::Value* x, llvm::Value* y);
llvm::Value* emit_maximum(Emitter& emitter, llvm::Value* x, llvm::Value* y);

}  // namespace kdlc::codegen
