// A float value under construction with operators, so that formulas read as formulas.
#pragma once

#include <initializer_list>

#include "codegen/emitter.hpp"

namespace kdlc::codegen {

/// A scalar or vector of f32 or f64 in registers.
struct Real {
  Emitter* emitter = nullptr;
  llvm::Value* value = nullptr;

  [[nodiscard]] llvm::IRBuilder<>& builder() const { return emitter->builder; }
  [[nodiscard]] llvm::Type* type() const { return value->getType(); }
  [[nodiscard]] bool is_f32() const { return type()->getScalarType()->isFloatTy(); }
  /// The integer type of the same shape and width.
  [[nodiscard]] llvm::Type* bits_type() const;
  [[nodiscard]] llvm::Value* bits() const { return builder().CreateBitCast(value, bits_type()); }
  [[nodiscard]] llvm::Constant* integer(std::int64_t number) const {
    return llvm::ConstantInt::getSigned(bits_type(), number);
  }
  /// A number in every lane, and bits seen as numbers.
  [[nodiscard]] Real number(double constant) const { return {emitter, llvm::ConstantFP::get(type(), constant)}; }
  [[nodiscard]] Real from_bits(llvm::Value* integers) const {
    return {emitter, builder().CreateBitCast(integers, type())};
  }
  /// `f32_number` or `f64_number`, whichever the type is.
  [[nodiscard]] Real either(double f32_number, double f64_number) const {
    return number(is_f32() ? f32_number : f64_number);
  }
};

inline llvm::Type* Real::bits_type() const {
  llvm::Type* element = is_f32() ? builder().getInt32Ty() : builder().getInt64Ty();
  if (const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(type())) {
    return llvm::FixedVectorType::get(element, vector->getNumElements());
  }
  return element;
}

inline Real operator+(Real a, Real b) {
  return {a.emitter, a.builder().CreateFAdd(a.value, b.value)};
}
inline Real operator-(Real a, Real b) {
  return {a.emitter, a.builder().CreateFSub(a.value, b.value)};
}
inline Real operator*(Real a, Real b) {
  return {a.emitter, a.builder().CreateFMul(a.value, b.value)};
}
inline Real operator/(Real a, Real b) {
  return {a.emitter, a.builder().CreateFDiv(a.value, b.value)};
}
inline Real operator+(Real a, double b) {
  return a + a.number(b);
}
inline Real operator-(Real a, double b) {
  return a - a.number(b);
}
inline Real operator*(Real a, double b) {
  return a * a.number(b);
}
inline Real operator-(Real a) {
  return {a.emitter, a.builder().CreateFNeg(a.value)};
}

/// a × b + c, fused where the target can.
inline Real multiply_add(Real a, Real b, Real c) {
  return {a.emitter, a.builder().CreateIntrinsic(llvm::Intrinsic::fmuladd, {a.type()}, {a.value, b.value, c.value})};
}
/// Highest power first (Horner).
inline Real polynomial(Real x, std::initializer_list<double> coefficients) {
  auto next = coefficients.begin();
  Real sum = x.number(*next);
  for (++next; next != coefficients.end(); ++next) {
    sum = multiply_add(sum, x, x.number(*next));
  }
  return sum;
}

inline llvm::Value* is_less(Real a, Real b) {
  return a.builder().CreateFCmpOLT(a.value, b.value);
}
inline llvm::Value* is_less(Real a, double b) {
  return is_less(a, a.number(b));
}
inline llvm::Value* is_equal(Real a, Real b) {
  return a.builder().CreateFCmpOEQ(a.value, b.value);
}
inline llvm::Value* is_equal(Real a, double b) {
  return is_equal(a, a.number(b));
}
inline llvm::Value* is_nan(Real a) {
  return a.builder().CreateFCmpUNO(a.value, a.value);
}
inline Real select(llvm::Value* condition, Real if_true, Real if_false) {
  return {if_true.emitter, if_true.builder().CreateSelect(condition, if_true.value, if_false.value)};
}
inline Real absolute(Real a) {
  return {a.emitter, a.builder().CreateUnaryIntrinsic(llvm::Intrinsic::fabs, a.value)};
}
inline Real with_sign_of(Real magnitude, Real sign) {
  return {sign.emitter, sign.builder().CreateBinaryIntrinsic(llvm::Intrinsic::copysign, magnitude.value, sign.value)};
}
/// x - n ln 2. ln 2 is taken as a part with trailing zeros, whose multiples are exact, and the rest.
inline Real less_multiple_of_ln2(Real x, Real n) {
  const Real rest = multiply_add(n, x.either(-0.693359375, -6.93147180369123816490e-01), x);
  return multiply_add(n, x.either(2.12194440e-4, -1.90821492927058770002e-10), rest);
}
/// 2^n from n + bias, whatever its higher bits are.
inline Real power_of_two(Real like, llvm::Value* biased) {
  return like.from_bits(like.builder().CreateShl(biased, like.integer(like.is_f32() ? 23 : 52)));
}
/// x where it is above `low` (below `high`), else that; NaN stays. The operands stand so that x86's minps and maxps are
/// the whole of it.
inline Real raise(Real x, double low) {
  return select(is_less(x, low), x.number(low), x);
}
inline Real lower(Real x, double high) {
  return select(is_less(x.number(high), x), x.number(high), x);
}
inline Real clamp(Real x, double low, double high) {
  return lower(raise(x, low), high);
}

}  // namespace kdlc::codegen
