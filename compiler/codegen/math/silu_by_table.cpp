// silu of sixteen numbers at once: the powers of two between whole ones come from a table in registers.
#include <numbers>

#include "codegen/math/wide_operations.hpp"

namespace kdlc::codegen {
namespace {

/// 2^(k / 32)
constexpr std::array<double, 32> kPowers = {
    0x1.000000p+0, 0x1.059b0ep+0, 0x1.0b5586p+0, 0x1.11301ep+0, 0x1.172b84p+0, 0x1.1d4874p+0, 0x1.2387a6p+0,
    0x1.29e9e0p+0, 0x1.306fe0p+0, 0x1.371a74p+0, 0x1.3dea64p+0, 0x1.44e086p+0, 0x1.4bfdaep+0, 0x1.5342b6p+0,
    0x1.5ab07ep+0, 0x1.6247ecp+0, 0x1.6a09e6p+0, 0x1.71f75ep+0, 0x1.7a1148p+0, 0x1.82589ap+0, 0x1.8ace54p+0,
    0x1.93737cp+0, 0x1.9c4918p+0, 0x1.a5503cp+0, 0x1.ae89fap+0, 0x1.b7f770p+0, 0x1.c199bep+0, 0x1.cb720ep+0,
    0x1.d5818ep+0, 0x1.dfc974p+0, 0x1.ea4afap+0, 0x1.f50766p+0};

}  // namespace

Real silu_by_table(Real x) {
  // From 24 on sigmoid is 1 to the last place. Below, nothing is limited: what overflows gives 0, and -infinity NaN, as
  // its product with 0 is.
  const Real within = lower(x, 24);
  // -x / ln 2 = n + r with n a multiple of 1/32. Adding 1.5 × 2^18 leaves 32 n in the low bits.
  const Real scale = x.number(-std::numbers::log2e);
  const Real magic = x.number(0x1.8p18);
  const Real shifted = multiply_add(within, scale, magic);
  const Real n = shifted - magic;
  const Real r = multiply_add(within, scale, -n);
  // silu x = x / (1 + 2^n 2^r). 2^r is the minimax polynomial with 1 in front, off by 2^-24.2.
  const Real power = times_power_of_two(look_up(x, kPowers, shifted.bits()), n, nullptr);
  const Real fraction = polynomial(r, {std::numbers::ln2 * std::numbers::ln2 / 2, std::numbers::ln2 * 1.00001466, 1});
  return x / multiply_add(power, fraction, x.number(1));
}

}  // namespace kdlc::codegen
