// tanh of sixteen numbers at once: numbers of a grid come from a table in registers, what is left by a polynomial.
#include "codegen/math/wide_operations.hpp"

namespace kdlc::codegen {
namespace {

/// Of the grid, whose numbers are multiples of 1/4. Adding 1.5 × 2^23 / 4 leaves their place in the low bits.
constexpr double kMagic = 0x1.8p23 / 4;
constexpr double kLast = 7.75;
/// The result is 1 from here on, as tanh is to the last place.
constexpr double kEnd = 9.01;

/// tanh (k / 4)
constexpr std::array<double, 32> kTable = {
    0x0.0p+0,      0x1.f597eap-3, 0x1.d9353ep-2, 0x1.45323ep-1, 0x1.85efacp-1, 0x1.b2523cp-1, 0x1.cf6f98p-1,
    0x1.e1fbfap-1, 0x1.ed9506p-1, 0x1.f4bfd6p-1, 0x1.f92582p-1, 0x1.fbd50ap-1, 0x1.fd77d2p-1, 0x1.fe767ap-1,
    0x1.ff112cp-1, 0x1.ff6f18p-1, 0x1.ffa818p-1, 0x1.ffcaacp-1, 0x1.ffdfa8p-1, 0x1.ffec62p-1, 0x1.fff41ap-1,
    0x1.fff8c8p-1, 0x1.fffba0p-1, 0x1.fffd58p-1, 0x1.fffe64p-1, 0x1.ffff06p-1, 0x1.ffff68p-1, 0x1.ffffa4p-1,
    0x1.ffffc8p-1, 0x1.ffffdep-1, 0x1.ffffecp-1, 0x1.fffff4p-1};

}  // namespace

Real tanh_by_addition(Real x) {
  // |x| = n + r with n on the grid: |r| <= 1/8, but behind the last number of the grid, where only (1 - tanh n) × the
  // error of tanh r reaches the result.
  const Real magnitude = lower(absolute(x), kEnd);
  const Real shifted = lower(magnitude + kMagic, kMagic + kLast);
  const Real r = magnitude - (shifted - kMagic);
  // tanh r = r + r³ P(r²), the minimax polynomial, off by 2^-26.9.
  const Real square = r * r;
  const Real near = multiply_add(polynomial(square, {0.13216792, -0.33332772}), square * r, r);
  // tanh (n + r) = (tanh n + tanh r) / (1 + tanh n tanh r)
  const Real far = look_up(x, kTable, shifted.bits());
  return with_sign_of((far + near) / multiply_add(far, near, x.number(1)), x);
}

}  // namespace kdlc::codegen
