// What AVX-512 has an instruction for and other processors compose: powers of two, reciprocals, tables.
#pragma once

#include <array>
#include <span>

#include "codegen/math/real.hpp"

namespace kdlc::codegen {

/// value × 2^n for |value| from 1/2 to 2 and n from -150 (f64: -1080) to 128 (1024), rounded once where the result is
/// denormal. `shifted` is n + 2 × bias as an integer whose higher bits are anything (see exponential.cpp).
Real times_power_of_two(Real value, Real n, llvm::Value* shifted);

/// 1 / x for finite x from 2^-126 to 2^126 in magnitude: exact, or within 1 unit in the last place where that is much
/// faster and sums may be split (scalars and vectors may differ then, so not under --strict).
Real reciprocal(Real x);

/// Whether a division of vectors takes less of the processor than an estimate and the multiply-adds that mend it: where
/// one of these starts in a cycle, and the divider works beside them.
bool divides_fast(const Emitter& emitter);

/// a / b for b from 2^-126 to 2^126 and |a| <= |b|, where `can_look_up`: the nearest, or, where division is slow,
/// nearly always so by one step of Newton on the quotient, whose rest is exact.
Real quotient(Real a, Real b);

/// Whether sixteen lanes of f32 can each look up their own number of a table, which `look_up` does: table[index mod
/// its size].
bool can_look_up(Real like);
Real look_up(Real like, const std::array<double, 16>& table, llvm::Value* indices);
Real look_up(Real like, const std::array<double, 32>& table, llvm::Value* indices);
/// The polynomial in `x` whose coefficients, the highest power first, each lane looks up in its own place.
template <std::size_t size>
Real look_up_polynomial(Real x, std::span<const std::array<double, size>> coefficients, llvm::Value* indices) {
  Real result = look_up(x, coefficients.front(), indices);
  for (const std::array<double, size>& table : coefficients.subspan(1)) {
    result = multiply_add(result, x, look_up(x, table, indices));
  }
  return result;
}

/// The smaller of |x| and `limit`, where `can_look_up`. NaN gives the limit.
Real smaller_magnitude(Real x, double limit);
/// max(x, 0), but NaN for -infinity, which 0 times is NaN; where `can_look_up`.
Real positive_part(Real x);
/// x - (x rounded to `places` binary places, halves to even), where `can_look_up`: exact, and 0 for infinity.
Real rest_beyond_binary_places(Real x, unsigned places);

/// sigmoid of sixteen lanes of f32 that can look up, in four fifths of the instructions of the formula for all targets.
Real sigmoid_by_table(Real x);

/// silu of sixteen lanes of f32 that can look up, where `divides_fast`: two thirds of the multiply-adds of x
/// sigmoid(x), in errors of x. Not under --strict.
Real silu_by_table(Real x);

/// erf of sixteen lanes of f32 that can look up, in half of the instructions of the formula for all targets. Its bits
/// are others, within the same bound, so not under --strict.
Real erf_by_pieces(Real x);

/// tanh of sixteen lanes of f32 that can look up, in four fifths of the instructions of the formula for all targets.
/// Not under --strict.
Real tanh_by_pieces(Real x);

/// The same where `divides_fast`: one look-up and a division in place of six look-ups.
Real tanh_by_addition(Real x);

/// gelu of sixteen lanes of f32 that can look up: fewer instructions than with erf, and better digits of negative
/// numbers. Not under --strict.
Real gelu_by_pieces(Real x);

}  // namespace kdlc::codegen
