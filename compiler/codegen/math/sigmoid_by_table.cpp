// sigmoid of sixteen numbers at once: the powers of two between whole ones come from a table in registers.
#include "codegen/math/wide_operations.hpp"

namespace kdlc::codegen {
namespace {

/// The front of the polynomial and of the table. Scaled by it, the table's numbers are off by 2^-25 at most, and the
/// polynomial's last sum is rounded where places are narrow; the quotient of the two does not see it.
constexpr double kScale = 0x1.eb670ap+0;
/// kScale × 2^(k / 32)
constexpr std::array<double, 32> kPowers = {
    0x1.eb670ap+0, 0x1.f629aep+0, 0x1.009452p+1, 0x1.06329ep+1, 0x1.0bf06ap+1, 0x1.11ce64p+1, 0x1.17cd42p+1,
    0x1.1dedbcp+1, 0x1.24308ep+1, 0x1.2a967ap+1, 0x1.312042p+1, 0x1.37ceb2p+1, 0x1.3ea296p+1, 0x1.459cc0p+1,
    0x1.4cbe06p+1, 0x1.540744p+1, 0x1.5b795ap+1, 0x1.63152ep+1, 0x1.6adba8p+1, 0x1.72cdb8p+1, 0x1.7aec52p+1,
    0x1.833870p+1, 0x1.8bb312p+1, 0x1.945d3ap+1, 0x1.9d37f6p+1, 0x1.a64454p+1, 0x1.af836ap+1, 0x1.b8f656p+1,
    0x1.c29e3ap+1, 0x1.cc7c3ep+1, 0x1.d69192p+1, 0x1.e0df6cp+1};

}  // namespace

Real sigmoid_by_table(Real x) {
  // From 20 on sigmoid is 1 to the last place. Below -104.5 it is 0; what lies far below must not reach the polynomial.
  const Real within = clamp(x, -104.5, 20);
  // x = n ln 2 + r with n a multiple of 1/32, so that |r| <= ln 2 / 64. Adding 1.5 × 2^18 leaves 32 n in the low bits.
  const Real magic = x.number(0x1.8p18);
  const Real shifted = multiply_add(within, x.number(0x1.71547652b82fep+0), magic);
  const Real n = shifted - magic;
  const Real r = less_multiple_of_ln2(within, n);
  // sigmoid x = 2^n / (2^n + e^-r), which keeps the digits of small results. e^-r is the minimax polynomial, off by
  // 2^-24.2.
  const Real power = times_power_of_two(look_up(x, kPowers, shifted.bits()), n, nullptr);
  const Real inverse = polynomial(r, {kScale / 2, -kScale * 1.00001466, kScale});
  return quotient(power, power + inverse);
}

}  // namespace kdlc::codegen
