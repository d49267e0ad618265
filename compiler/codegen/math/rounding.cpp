// Rounding to whole numbers, remainders, minimum and maximum.
//
// A number below 2^23 (f64: 2^52) plus that power has no room for a fraction, so adding and subtracting it rounds to
// even. LLVM's own rounding calls the C library on processors before SSE4.1.
#include "codegen/math/real.hpp"
#include "codegen/math/vector_math.hpp"

namespace kdlc::codegen {
namespace {

Real round_to_even(Real x) {
  const Real limit = x.either(0x1p23, 0x1p52);
  const Real magnitude = absolute(x);
  const Real rounded = (magnitude + limit) - limit;
  return select(is_less(magnitude, limit), with_sign_of(rounded, x), x);
}

Real floor_of(Real x) {
  const Real rounded = round_to_even(x);
  return select(is_less(x, rounded), rounded - 1, rounded);
}

/// Whether the value is a constant and no NaN: minimum and maximum with it are then one instruction.
bool is_plain_constant(llvm::Value* value) {
  if (const auto* vector = llvm::dyn_cast<llvm::Constant>(value); vector != nullptr && value->getType()->isVectorTy()) {
    value = vector->getSplatValue();
  }
  const auto* number = value == nullptr ? nullptr : llvm::dyn_cast<llvm::ConstantFP>(value);
  return number != nullptr && !number->isNaN();
}

/// With `x` NaN the comparison is false and the result is y, so y is the operand that may be NaN.
Real choose(Real x, Real y, llvm::Value* (*takes_first)(Real, Real), llvm::Intrinsic::ID of_any) {
  if (is_plain_constant(x.value)) {
    return select(takes_first(x, y), x, y);
  }
  if (is_plain_constant(y.value)) {
    return select(takes_first(y, x), y, x);
  }
  return {x.emitter, x.builder().CreateBinaryIntrinsic(of_any, x.value, y.value)};
}

}  // namespace

llvm::Value* emit_round(Emitter& emitter, llvm::Value* x) {
  return round_to_even({&emitter, x}).value;
}
llvm::Value* emit_floor(Emitter& emitter, llvm::Value* x) {
  return floor_of({&emitter, x}).value;
}

llvm::Value* emit_ceil(Emitter& emitter, llvm::Value* x) {
  const Real real{&emitter, x};
  const Real rounded = round_to_even(real);
  return select(is_less(rounded, real), rounded + 1, rounded).value;
}

llvm::Value* emit_minimum(Emitter& emitter, llvm::Value* x, llvm::Value* y) {
  return choose(
             {&emitter, x}, {&emitter, y}, [](Real a, Real b) { return is_less(a, b); }, llvm::Intrinsic::minimum)
      .value;
}

llvm::Value* emit_maximum(Emitter& emitter, llvm::Value* x, llvm::Value* y) {
  return choose(
             {&emitter, x}, {&emitter, y}, [](Real a, Real b) { return is_less(b, a); }, llvm::Intrinsic::maximum)
      .value;
}

llvm::Value* emit_remainder(Emitter& emitter, llvm::Value* x, llvm::Value* y) {
  llvm::Type* narrow = x->getType();
  const bool widen = narrow->getScalarType()->isFloatTy();
  llvm::Type* wide = narrow->getWithNewType(emitter.builder.getDoubleTy());
  // f32 in f64: the quotient's floor times the divisor is exact.
  const Real dividend{&emitter, widen ? emitter.builder.CreateFPExt(x, wide) : x};
  const Real divisor{&emitter, widen ? emitter.builder.CreateFPExt(y, wide) : y};
  const Real quotient = floor_of(dividend / divisor);
  Real rest = dividend - quotient * divisor;
  // A quotient rounded up to a whole number leaves a rest of the wrong sign.
  const Real zero = rest.number(0);
  llvm::Value* is_opposite = is_less(rest * divisor, zero);
  rest = select(is_opposite, rest + divisor, rest);
  // x mod infinity is x, or infinity for the other sign.
  llvm::Value* is_infinite = is_equal(absolute(divisor), std::numeric_limits<double>::infinity());
  const Real at_infinity = select(is_less(dividend * divisor, zero), divisor, dividend);
  llvm::Value* is_finite_dividend = is_less(absolute(dividend), std::numeric_limits<double>::infinity());
  rest = select(emitter.builder.CreateAnd(is_infinite, is_finite_dividend), at_infinity, rest);
  return widen ? emitter.builder.CreateFPTrunc(rest.value, narrow) : rest.value;
}

}  // namespace kdlc::codegen
