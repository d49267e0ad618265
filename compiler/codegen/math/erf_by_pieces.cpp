// erf of sixteen numbers at once: each lane takes the coefficients of its own piece from tables in registers.
#include "codegen/math/wide_operations.hpp"

namespace kdlc::codegen {
namespace {

/// Pieces are 33/128 wide, the first one half of that, and meet between the multiples of their width.
constexpr double kPiecesInOne = 128.0 / 33;
/// From here on erf is 1 to the last place.
constexpr double kOne = 3.96875;

using Table = std::array<double, 16>;

/// A point of each piece, chosen so that point - erf(point) is a number of few digits: kShift.
constexpr Table kPoint = {0x0.0p+0,      0x1.071d82p-2, 0x1.062a5ep-1, 0x1.8c09f6p-1, 0x1.07bbb6p+0, 0x1.49b28ap+0,
                          0x1.8d04a2p+0, 0x1.cee23ap+0, 0x1.080200p+1, 0x1.295a92p+1, 0x1.49f876p+1, 0x1.6af552p+1,
                          0x1.8a75cep+1, 0x1.acf142p+1, 0x1.d3a028p+1, 0x1.f6ae14p+1};
constexpr Table kShift = {0x0.0p+0,      -0x1.b5f3d8p-6, -0x1.36e800p-6, 0x1.852c60p-5, 0x1.671a00p-3, 0x1.6cfd90p-2,
                          0x1.288558p-1, 0x1.a32becp-1,  0x1.10ebb0p+0,  0x1.52f7e6p+0, 0x1.940266p+0, 0x1.d5ee9ep+0,
                          0x1.0a763cp+1, 0x1.2cf154p+1,  0x1.53a02ap+1,  0x1.76ae14p+1};
/// Of (erf x - (x - shift)) / (x - point) as a polynomial in x - point, the highest power first: weighted
/// least squares for the largest error in units of the result's last place, each coefficient rounded before the next.
constexpr std::array<Table, 5> kCoefficients = {{
    {0x1.c691a8p-4, 0x1.43190ep-4, 0x1.1f0bf8p-8, -0x1.cc765ap-5, -0x1.14c872p-4, -0x1.584e30p-5, -0x1.425802p-7,
     0x1.274c8ap-7, 0x1.a773dap-7, 0x1.333588p-7, 0x1.413dccp-8, 0x1.0840e6p-9, 0x1.62e30ap-11, 0x1.8cf984p-13,
     0x1.6e580ap-15, 0x1.3ee598p-14},
    {0x1.281220p-12, 0x1.07bd90p-3, 0x1.754602p-3, 0x1.2638d0p-3, 0x1.e33a3cp-5, -0x1.ced1a6p-7, -0x1.8315e8p-5,
     -0x1.75a5dap-5, -0x1.f19446p-6, -0x1.fbead4p-7, -0x1.acbc5ep-8, -0x1.2a6dfap-9, -0x1.72cf96p-11, -0x1.5db326p-13,
     -0x1.b181a8p-16, -0x1.8b8e70p-11},
    {-0x1.812b2ap-2, -0x1.38f4ecp-2, -0x1.19ea5ep-3, 0x1.4d0b00p-5, 0x1.2b343ap-3, 0x1.53db74p-3, 0x1.08ea84p-3,
     0x1.448808p-4, 0x1.48a334p-5, 0x1.11796ap-6, 0x1.89cbd4p-8, 0x1.dee96ep-10, 0x1.0aa778p-11, 0x1.c1283ep-14,
     0x1.018a0ap-16, -0x1.ab3bd6p-13},
    {0x1.178b4ep-22, -0x1.15eb90p-2, -0x1.c72f7cp-2, -0x1.eb5416p-2, -0x1.9bdcb0p-2, -0x1.1b5568p-2, -0x1.4375e0p-3,
     -0x1.3dd232p-4, -0x1.0ed3eap-5, -0x1.853a92p-7, -0x1.ef88eep-9, -0x1.0e1d4ep-10, -0x1.11b18ep-12, -0x1.a4c070p-15,
     -0x1.ba29bap-18, -0x1.3ec1b8p-17},
    {0x1.06eba8p-3, 0x1.cd1a1ap-5, -0x1.0e0db0p-3, -0x1.84ce42p-2, -0x1.381b96p-1, -0x1.920046p-1, -0x1.cbdbbap-1,
     -0x1.ea0756p-1, -0x1.f7cb16p-1, -0x1.fd61c8p-1, -0x1.ff3fc2p-1, -0x1.ffd05ep-1, -0x1.fff4e6p-1, -0x1.fffe0ap-1,
     -0x1.ffffc4p-1, -0x1.ffffdcp-1},
}};

}  // namespace

Real erf_by_pieces(Real x) {
  const Real magnitude = lower(absolute(x), kOne);
  // Adding 1.5 × 2^23 leaves the rounded number of the piece in the low bits.
  llvm::Value* piece = multiply_add(magnitude, x.number(kPiecesInOne), x.number(0x1.8p23)).bits();
  const Real away = magnitude - look_up(x, kPoint, piece);
  const Real slope = look_up_polynomial<16>(away, kCoefficients, piece);
  // Both differences are exact, so that the last sum alone rounds a number as large as the result.
  return with_sign_of(multiply_add(slope, away, magnitude - look_up(x, kShift, piece)), x);
}

}  // namespace kdlc::codegen
