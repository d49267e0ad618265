// gelu of sixteen numbers at once: each lane takes the coefficients of its own piece from tables in registers.
#include "codegen/math/wide_operations.hpp"

namespace kdlc::codegen {
namespace {

/// Pieces are 1/4 wide, the first one half of that, and meet between the multiples of their width.
constexpr unsigned kPieceBits = 2;
constexpr double kPiecesInOne = 1U << kPieceBits;
/// In the last piece.
constexpr double kEnd = 7.75;

/// Of |x| (1 - Φ(|x|)) as a polynomial in the distance from the middle of the piece, the highest power first: minimax
/// relative to the value, each coefficient rounded before those of higher powers. From 7.625 on it is 0: 1e-13 at most.
constexpr std::array<std::array<double, 32>, 6> kCoefficients = {{
    {-0x1.8d0bfap-9,  -0x1.cc7d0ap-7,  -0x1.6d5a66p-6,  -0x1.74e634p-6,  -0x1.081a20p-6,  -0x1.8a1a94p-8,
     0x1.6400fap-9,   0x1.00e8a8p-7,   0x1.25ac68p-7,   0x1.db276cp-8,   0x1.19ce64p-8,   0x1.b05368p-10,
     -0x1.35c9eep-17, -0x1.80ce0cp-11, -0x1.ba3946p-11, -0x1.5e01e6p-11, -0x1.c74dd4p-12, -0x1.fe8146p-13,
     -0x1.fe1600p-14, -0x1.cb821cp-15, -0x1.78d14cp-16, -0x1.1af10cp-17, -0x1.86960cp-19, -0x1.f19214p-21,
     -0x1.251d14p-22, -0x1.3ffdccp-24, -0x1.44402ap-26, -0x1.3165d8p-28, -0x1.0b8ceep-30, -0x1.b494dep-33,
     -0x1.4bf12ap-35, 0x0.0p+0},
    {0x1.11a54cp-4,  0x1.d4c7f0p-5,  0x1.15d4a8p-5,  0x1.37747ep-8,   -0x1.4718cep-6, -0x1.1868aap-5, -0x1.26fe4cp-5,
     -0x1.d90b02p-6, -0x1.272ea4p-6, -0x1.fc0d04p-8, -0x1.23bf10p-11, 0x1.95947ep-9,  0x1.0938d4p-8,  0x1.cca0d8p-9,
     0x1.45b868p-9,  0x1.8ed372p-10, 0x1.b2748ap-11, 0x1.ab6d7ep-12,  0x1.7f46a2p-13, 0x1.3b2512p-14, 0x1.dd4932p-16,
     0x1.4de89cp-17, 0x1.b0a9a4p-19, 0x1.0415ecp-20, 0x1.2292aep-22,  0x1.2e08e2p-24, 0x1.2465a4p-26, 0x1.07de12p-28,
     0x1.bc3dbap-31, 0x1.5d1140p-33, 0x1.00274ap-35, 0x0.0p+0},
    {-0x1.b81ddep-17, 0x1.03d950p-4,   0x1.c2a2b2p-4,   0x1.09000ap-3,   0x1.ef8e42p-4,   0x1.7be5cap-4,
     0x1.d03186p-5,   0x1.8289d4p-6,   0x1.efa82ep-22,  -0x1.9e6ff0p-7,  -0x1.0d3d8ap-6,  -0x1.e68710p-7,
     -0x1.6b0c5ep-7,  -0x1.d8af2cp-8,  -0x1.133d84p-8,  -0x1.22aa18p-9,  -0x1.18ad3ap-10, -0x1.f27908p-12,
     -0x1.989a0ap-13, -0x1.36144cp-14, -0x1.b4a5d2p-16, -0x1.1dbaa4p-17, -0x1.5c0360p-19, -0x1.8ae89cp-21,
     -0x1.a1e212p-23, -0x1.9cab30p-25, -0x1.7c8d86p-27, -0x1.47e4bep-29, -0x1.08197ap-31, -0x1.8ddaaap-34,
     -0x1.1859d0p-36, 0x0.0p+0},
    {-0x1.988448p-2, -0x1.7f92a8p-2, -0x1.3b7380p-2, -0x1.bb45e4p-3, -0x1.ef901ap-4, -0x1.474abcp-5, 0x1.094040p-6,
     0x1.77786ap-5,  0x1.ba4bb2p-5,  0x1.8e25d2p-5,  0x1.3122c4p-5,  0x1.9e60e2p-6,  0x1.fc4820p-7,  0x1.1ca6e0p-7,
     0x1.251c00p-8,  0x1.16bbf2p-9,  0x1.eb2628p-11, 0x1.91d7b8p-12, 0x1.31db42p-13, 0x1.b1bcfap-15, 0x1.1ed072p-16,
     0x1.62104cp-18, 0x1.98472cp-20, 0x1.b808f8p-22, 0x1.bb80aap-24, 0x1.a23038p-26, 0x1.710ad2p-28, 0x1.30e4c0p-30,
     0x1.d7c862p-33, 0x1.55e738p-35, 0x1.d049d0p-38, 0x0.0p+0},
    {0x1.0p-1,        0x1.37f00cp-2,   0x1.0f5eb8p-3,   0x1.95f1dep-11,  -0x1.55429ap-4,  -0x1.f66bfcp-4,
     -0x1.050e92p-3,  -0x1.c65a80p-4,  -0x1.5d1c06p-4,  -0x1.e4e1e2p-5,  -0x1.341c2ap-5,  -0x1.68e62ep-6,
     -0x1.876f5cp-7,  -0x1.8a5ae8p-8,  -0x1.71da90p-9,  -0x1.437000p-10, -0x1.080eb2p-11, -0x1.92e532p-13,
     -0x1.1f6e7ap-14, -0x1.7fbecap-16, -0x1.df9efcp-18, -0x1.18b35cp-19, -0x1.33cf6ep-21, -0x1.3c4ec0p-23,
     -0x1.30ab04p-25, -0x1.131f06p-27, -0x1.d1eab0p-30, -0x1.71fcccp-32, -0x1.1394aep-34, -0x1.811a2ep-37,
     -0x1.f8e026p-40, 0x0.0p+0},
    {0x0.0p+0,       0x1.9aecbap-4,  0x1.3bf144p-3,  0x1.5c1980p-3,  0x1.44ed0cp-3,  0x1.0e76a2p-3,  0x1.9a76a4p-4,
     0x1.1f24e0p-4,  0x1.74bcf8p-5,  0x1.c2a498p-6,  0x1.fcb21ep-7,  0x1.0c832ep-7,  0x1.096698p-8,  0x1.eb9b5cp-10,
     0x1.aae050p-11, 0x1.5babc2p-12, 0x1.09ad7cp-13, 0x1.7d101ep-15, 0x1.00840ep-16, 0x1.443680p-18, 0x1.80bcd4p-20,
     0x1.acb408p-22, 0x1.c09414p-24, 0x1.b8cb26p-26, 0x1.96c9c8p-28, 0x1.6093eep-30, 0x1.1f04b0p-32, 0x1.b6e89ap-35,
     0x1.3b3578p-37, 0x1.a941b8p-40, 0x1.0d7366p-42, 0x0.0p+0},
}};

}  // namespace

Real gelu_by_pieces(Real x) {
  // x Φ(x) = max(x, 0) - |x| (1 - Φ(|x|)): a negative x keeps the digits of what is subtracted.
  const Real magnitude = smaller_magnitude(x, kEnd);
  // Adding 1.5 × 2^23 / 4 leaves the number of the piece in the low bits; both round halves to even.
  llvm::Value* piece = (magnitude + 0x1.8p23 / kPiecesInOne).bits();
  const Real away = rest_beyond_binary_places(magnitude, kPieceBits);
  const Real tail = look_up_polynomial<32>(away, kCoefficients, piece);
  return positive_part(x) - tail;
}

}  // namespace kdlc::codegen
