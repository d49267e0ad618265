// log, log1p and power.
//
// x = m 2^e with m in [√½, √2), f = m - 1. f32: log m = f - f²/2 + f³ P(f) (Cephes). f64: with s = f / (2 + f),
// log m = f - (f²/2 - s (f²/2 + R(s²))) (FreeBSD's e_log.c).
#include <limits>

#include "codegen/math/real.hpp"
#include "codegen/math/vector_math.hpp"

namespace kdlc::codegen {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Split {
  Real f;         // m - 1
  Real exponent;  // e
};

Split split(Real x) {
  llvm::IRBuilder<>& builder = x.builder();
  const double smallest_normal = x.is_f32() ? 0x1p-126 : 0x1p-1022;
  const std::int64_t mantissa_bits = x.is_f32() ? 23 : 52;
  llvm::Value* is_small = is_less(x, smallest_normal);
  const Real normal = select(is_small, x * x.either(0x1p23, 0x1p52), x);
  // The exponent field of the number less √½ counts e; what is left put back on √½ is m.
  llvm::Constant* root_half = x.integer(x.is_f32() ? 0x3f3504f3 : 0x3fe6a09e667f3bcd);
  llvm::Value* distance = builder.CreateSub(normal.bits(), root_half);
  llvm::Value* exponent = builder.CreateAShr(distance, x.integer(mantissa_bits));
  llvm::Value* fraction = builder.CreateAnd(distance, x.integer((std::int64_t{1} << mantissa_bits) - 1));
  const Real m = x.from_bits(builder.CreateAdd(fraction, root_half));
  // |e| < 2^11 as a float by the magic number, for 64-bit conversions are slow or missing.
  const Real magic = x.either(0x1.8p23, 0x1.8p52);
  const Real count = x.from_bits(builder.CreateAdd(magic.bits(), exponent)) - magic;
  return {.f = m - 1, .exponent = select(is_small, count - x.either(23, 52), count)};
}

/// log of a positive finite number plus `correction`, a small number that joins the low part.
Real log_of_positive(Real x, Real correction) {
  const auto [f, exponent] = split(x);
  const Real square = f * f;
  if (x.is_f32()) {
    const Real series =
        polynomial(f, {7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
                       -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1});
    Real low = multiply_add(exponent, x.number(-2.12194440e-4), correction);
    low = multiply_add(f * square, series, low);
    low = multiply_add(square, x.number(-0.5), low);
    return multiply_add(exponent, x.number(0.693359375), f + low);
  }
  const Real s = f / (f + 2);
  const Real z = s * s;
  const Real series = z * polynomial(z, {1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01,
                                         2.222219843214978396e-01, 2.857142874366239149e-01, 3.999999999940941908e-01,
                                         6.666666666666735130e-01});
  const Real half_square = square * 0.5;
  const Real low = multiply_add(exponent, x.number(1.90821492927058770002e-10), correction);
  const Real log_m = f - (half_square - multiply_add(s, half_square + series, low));
  return multiply_add(exponent, x.number(6.93147180369123816490e-01), log_m);
}

/// The ends of log's domain: `x` is its argument.
Real with_special_values(Real x, Real result) {
  result = select(is_less(x, 0), x.number(kNan), result);
  result = select(is_equal(x, 0), x.number(-kInfinity), result);
  return select(is_less(x, kInfinity), result, select(is_equal(x, kInfinity), x, x + x));
}

Real log_of(Real x) {
  return with_special_values(x, log_of_positive(x, x.number(0)));
}

/// x^y in f64 from e^(y ln |x|).
Real power_f64(Emitter& emitter, Real x, Real y) {
  llvm::IRBuilder<>& builder = emitter.builder;
  const Real magnitude = absolute(x);
  Real result{&emitter, emit_exp(emitter, (y * log_of(magnitude)).value)};
  llvm::Value* is_one = builder.CreateAnd(is_equal(magnitude, 1), builder.CreateNot(is_nan(y)));
  result = select(is_one, x.number(1), result);

  const Real floor{&emitter, emit_floor(emitter, y.value)};
  const Real half = y * 0.5;
  const Real half_floor{&emitter, emit_floor(emitter, half.value)};
  llvm::Value* is_whole = is_equal(y, floor);
  llvm::Value* is_odd = builder.CreateAnd(is_whole, builder.CreateNot(is_equal(half, half_floor)));
  // The sign bit, so that -0 counts; a fraction of a negative number is no number, but 0 and infinity have all powers.
  llvm::Value* is_negative = builder.CreateICmpSLT(x.bits(), x.integer(0));
  result = select(builder.CreateAnd(is_negative, is_odd), -result, result);
  llvm::Value* is_below_zero = builder.CreateAnd(is_less(x, 0), is_less(magnitude, kInfinity));
  llvm::Value* has_no_power = builder.CreateAnd(is_below_zero, builder.CreateNot(is_whole));
  result = select(has_no_power, x.number(kNan), result);
  return select(builder.CreateOr(is_equal(y, 0), is_equal(x, 1)), x.number(1), result);
}

}  // namespace

llvm::Value* emit_log(Emitter& emitter, llvm::Value* x) {
  return log_of({&emitter, x}).value;
}

llvm::Value* emit_log1p(Emitter& emitter, llvm::Value* x) {
  // log(1 + x) = log u + (x - (u - 1)) / u, u being 1 + x as rounded: the quotient brings back what rounding lost.
  const Real real{&emitter, x};
  const Real u = real + 1;
  const Real lost = select(is_less(real, 1), real - (u - 1), (u - real) - 1);
  const Real correction = select(is_less(real, 1), lost, -lost) / u;
  const Real result = log_of_positive(u, correction);
  return with_special_values(u, result).value;
}

llvm::Value* emit_power(Emitter& emitter, llvm::Value* x, llvm::Value* y) {
  llvm::Type* narrow = x->getType();
  if (narrow->getScalarType()->isDoubleTy()) {
    return power_f64(emitter, {&emitter, x}, {&emitter, y}).value;
  }
  llvm::Type* wide = narrow->getWithNewType(emitter.builder.getDoubleTy());
  const Real base{&emitter, emitter.builder.CreateFPExt(x, wide)};
  const Real exponent{&emitter, emitter.builder.CreateFPExt(y, wide)};
  return emitter.builder.CreateFPTrunc(power_f64(emitter, base, exponent).value, narrow);
}

llvm::Value* emit_sqrt(Emitter& emitter, llvm::Value* x) {
  return emitter.builder.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, x);
}

llvm::Value* emit_rsqrt(Emitter& emitter, llvm::Value* x) {
  const Real real{&emitter, x};
  return (real.number(1) / Real{&emitter, emit_sqrt(emitter, x)}).value;
}

}  // namespace kdlc::codegen
