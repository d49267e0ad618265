// exp, expm1, and what is made of them: tanh, sigmoid, erf.
//
// x = n ln 2 + r with |r| <= ln 2 / 2; e^x = 2^n e^r, e^r a polynomial. Where e^x - 1 is wanted, p = e^r - 1 is one.
#include <numbers>

#include "codegen/math/real.hpp"
#include "codegen/math/vector_math.hpp"
#include "codegen/math/wide_operations.hpp"

namespace kdlc::codegen {
namespace {

struct Reduced {
  Real r;
  Real n;                // whole
  llvm::Value* shifted;  // n + 2 × bias as an integer, but for its higher bits
};

Reduced reduce(Real x) {
  // Adding 1.5 × 2^23 leaves the rounded n in the low bits, and twice the bias beside it what exponents are made of.
  const Real magic = x.either(0x1.8p23 + 2 * 127, 0x1.8p52 + 2 * 1023);
  const Real shifted = multiply_add(x, x.number(0x1.71547652b82fep+0), magic);
  const Real n = shifted - magic;
  return {.r = less_multiple_of_ln2(x, n), .n = n, .shifted = shifted.bits()};
}

/// e^r - 1. f32: Cephes; f64: Taylor's series, whose next term is below 2^-57 for |r| <= 0.35.
Real expm1_near_zero(Real r) {
  const Real tail = r.is_f32()
                        ? polynomial(r, {1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2,
                                         1.6666665459e-1, 5.0000001201e-1})
                        : polynomial(r, {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880,
                                         1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5});
  return multiply_add(r * r, tail, r);
}

/// e^r. f32: the minimax polynomial with 1 + r in front, off by 2^-28; f64 as above. Where products are rounded, 1 is
/// added to what is small.
Real exp_near_zero(Real r) {
  if (!r.emitter->machine.has_fma) {
    return expm1_near_zero(r) + 1;
  }
  return r.is_f32() ? polynomial(r, {1.381454007498656e-3, 8.368745107811605e-3, 4.166839078555244e-2,
                                     1.6666520399054374e-1, 4.999999343211964e-1, 1, 1})
                    : polynomial(r, {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880,
                                     1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1, 1});
}

/// Where e^x is surely 0 or infinite, and n still fits its two factors.
constexpr double kLowestF32 = -105;
constexpr double kHighestF32 = 90;
constexpr double kLowestF64 = -746;
constexpr double kHighestF64 = 711;

Real clamp_exponent(Real x) {
  return x.is_f32() ? clamp(x, kLowestF32, kHighestF32) : clamp(x, kLowestF64, kHighestF64);
}

/// e^x for x within those.
Real exp_within(Real x) {
  const Reduced reduced = reduce(x);
  return times_power_of_two(exp_near_zero(reduced.r), reduced.n, reduced.shifted);
}

Real exp_of(Real x) {
  return exp_within(clamp_exponent(x));
}

/// e^x for x <= 0.
Real exp_below_zero(Real x) {
  return exp_within(raise(x, x.is_f32() ? kLowestF32 : kLowestF64));
}

Real expm1_of(Real x) {
  const Reduced reduced = reduce(clamp_exponent(x));
  const Real p = expm1_near_zero(reduced.r);
  llvm::IRBuilder<>& builder = x.builder();
  llvm::Value* half = builder.CreateAShr(reduced.shifted, x.integer(1));
  llvm::Value* rest = builder.CreateSub(reduced.shifted, half);
  const Real first = power_of_two(x, half);
  const Real second = power_of_two(x, rest);
  const Real second_inverse = power_of_two(x, builder.CreateSub(x.integer(x.is_f32() ? 2 * 127 : 2 * 1023), rest));
  return multiply_add(first, p, first - second_inverse) * second;
}

/// e^x - 1 for x from 0 to 40, where one factor is enough.
Real expm1_above_zero(Real x) {
  const Reduced reduced = reduce(x);
  const Real p = expm1_near_zero(reduced.r);
  const Real power = power_of_two(x, x.builder().CreateSub(reduced.shifted, x.integer(x.is_f32() ? 127 : 1023)));
  return multiply_add(power, p, power - 1);
}

/// tanh |x| = h / (h + 1), h = (e^2|x| - 1) / 2; 1 to the last place beyond the clamp. |x| = n ln 2 / 2 + r, and
/// h = 2^n u + (2^n - 1) / 2 with u = (e^2r - 1) / 2, the minimax polynomial for |r| <= 0.1737, off by 2^-26 of itself.
/// ln 2 / 2 is one number: what n times its last place is wrong matters less and less as tanh nears 1.
Real tanh_f32(Real x) {
  const Real magnitude = lower(absolute(x), 10);
  const Real magic = x.number(0x1.8p23 + 127);
  const Real shifted = multiply_add(magnitude, x.number(2 * 0x1.71547652b82fep+0), magic);
  const Real r = multiply_add(shifted - magic, x.number(-0.34657359027997264), magnitude);
  const Real tail = polynomial(
      r, {0.044424014223365206, 0.13386675986064633, 0.333337636714604, 0.6666616997213126, 0.999999962578613});
  const Real u = multiply_add(r * r, tail, r);
  const Real power = power_of_two(x, shifted.bits());
  const Real h = multiply_add(power, u, multiply_add(power, x.number(0.5), x.number(-0.5)));
  return with_sign_of(h * reciprocal(h + 1), x);
}

/// tanh |x| = e / (e + 2), e = e^(2|x|) - 1; 1 to the last place beyond the clamp.
Real tanh_f64(Real x) {
  const Real magnitude = lower(absolute(x), 20);
  const Real e = expm1_above_zero(magnitude + magnitude);
  return with_sign_of(e * reciprocal(e + 2), x);
}

/// |x| < 0.93: x + x P(x²). Beyond: 1 - e^Q(|x|). The single-precision minimax fits are those of N. Juffa (erff, under
/// 1 ulp).
Real erf_f32(Real x) {
  if (!x.emitter->strict && can_look_up(x)) {
    return erf_by_pieces(x);
  }
  const Real magnitude = lower(absolute(x), 4);
  const Real square = magnitude * magnitude;
  const Real near = multiply_add(
      polynomial(square, {-5.96761703e-4, 4.99119423e-3, -2.67681349e-2, 1.12819925e-1, -3.76125336e-1, 1.28379166e-1}),
      x, x);
  const Real power = polynomial(magnitude, {-1.72853470e-5, 3.83197126e-4, -3.88396438e-3, 2.42546219e-2,
                                            -1.06777877e-1, -6.34846687e-1, -1.28717512e-1});
  const Real far = power.number(1) - exp_of(multiply_add(power, magnitude, -magnitude));
  return select(is_less(magnitude, 0.927734375), near, with_sign_of(far, x));
}

/// |x| < 1: x + x P(x²). Beyond: 1 - e^-x² Q(t), Q e^x² (1 - erf x) over 1…6 with t = 9.6 / (x + 2) - 2.2 in -1…1. Both
/// are Chebyshev interpolations worked out with 110 digits; the first term left out is below 2^-57.
Real erf_f64(Real x) {
  const Real magnitude = lower(absolute(x), 6);
  const Real square = magnitude * magnitude;
  const Real near = multiply_add(
      polynomial(square, {5.957176147748911e-11, -1.1372848856791674e-09, 1.4659775274047436e-08,
                          -1.6350312701054695e-07, 1.6461000484121368e-06, -1.4925595266831182e-05,
                          0.0001205533111164271, -0.000854832698083379, 0.0052239776248180145, -0.026866170645076792,
                          0.11283791670954879, -0.3761263890318375, 0.1283791670955126}),
      x, x);
  const Real t = x.number(9.6) / (magnitude + 2) - 2.2;
  const Real scaled = polynomial(
      t, {-9.369456032869593e-13, 4.775776110782188e-13, 2.2135736614933752e-11, -7.468711818050684e-11,
          -2.68698518348558e-10, 2.625007492297143e-09, -5.886053299221601e-10, -7.005371793736792e-08,
          1.6349937383405805e-07, 1.9795619759276e-06, -7.340517938287998e-06, -8.07922042879663e-05,
          0.00019713917772795885, 0.005588816281841403, 0.038560570425182426, 0.16189356804102495, 0.2214295402299318});
  const Real far = x.number(1) - exp_within(-square) * scaled;
  return select(is_less(magnitude, 1), near, with_sign_of(far, x));
}

}  // namespace

llvm::Value* emit_exp(Emitter& emitter, llvm::Value* x) {
  return exp_of({&emitter, x}).value;
}
llvm::Value* emit_expm1(Emitter& emitter, llvm::Value* x) {
  return expm1_of({&emitter, x}).value;
}

llvm::Value* emit_tanh(Emitter& emitter, llvm::Value* x) {
  const Real real{&emitter, x};
  if (!emitter.strict && can_look_up(real)) {
    return (divides_fast(emitter) ? tanh_by_addition(real) : tanh_by_pieces(real)).value;
  }
  return (real.is_f32() ? tanh_f32(real) : tanh_f64(real)).value;
}

llvm::Value* emit_sigmoid(Emitter& emitter, llvm::Value* x) {
  const Real real{&emitter, x};
  if (!emitter.strict && can_look_up(real)) {
    return sigmoid_by_table(real).value;
  }
  // From e^-|x|, which does not overflow, so that small results keep their digits.
  const Real e = exp_below_zero(-absolute(real));
  const Real inverse = reciprocal(e + 1);
  return select(is_less(real, 0), e * inverse, inverse).value;
}

llvm::Value* emit_silu(Emitter& emitter, llvm::Value* x) {
  const Real real{&emitter, x};
  if (!emitter.strict && can_look_up(real) && divides_fast(emitter)) {
    return silu_by_table(real).value;
  }
  return (real * Real{&emitter, emit_sigmoid(emitter, x)}).value;
}

llvm::Value* emit_erf(Emitter& emitter, llvm::Value* x) {
  const Real real{&emitter, x};
  return (real.is_f32() ? erf_f32(real) : erf_f64(real)).value;
}

llvm::Value* emit_gelu(Emitter& emitter, llvm::Value* x) {
  const Real real{&emitter, x};
  if (!emitter.strict && can_look_up(real)) {
    return gelu_by_pieces(real).value;
  }
  const Real erf{&emitter, emit_erf(emitter, (real * (std::numbers::sqrt2 / 2)).value)};
  return (real * 0.5 * (erf + 1)).value;
}

}  // namespace kdlc::codegen
