// tanh of sixteen numbers at once: each lane takes the coefficients of its own piece from tables in registers.
#include "codegen/math/wide_operations.hpp"

namespace kdlc::codegen {
namespace {

/// Pieces are 2/7 wide, the first one half of that, and meet between the multiples of their width.
constexpr double kPiecesInOne = 3.5;
/// The middle of the last piece: from here on tanh is 1 to the last place.
constexpr double kEnd = 31;

/// Of tanh |x| as a polynomial in the distance from the middle of the piece in units of its width, the highest power
/// first: minimax relative to the value, each coefficient rounded before those of higher powers.
constexpr std::array<std::array<double, 32>, 6> kCoefficients = {{
    {0x1.1bca10p-12, 0x1.db679ep-14, -0x1.5dbffcp-14, -0x1.dd75d6p-14, -0x1.df5d26p-15, -0x1.96902ep-17, 0x1.99e270p-18,
     0x1.2fb2e2p-17, 0x1.ea6c6ap-18, 0x1.45a72cp-18,  0x1.92f9c2p-19,  0x1.dd3526p-20,  0x1.169db8p-20,  0x1.3e064cp-21,
     0x1.6cd4a8p-22, 0x1.9cfadap-23, 0x1.d37f32p-24,  0x1.07eb96p-24,  0x1.298d54p-25,  0x1.52446cp-26,  0x1.7c5bb4p-27,
     0x1.ae71e2p-28, 0x1.e671a8p-29, 0x1.112766p-29,  0x1.364724p-30,  0x1.5d7040p-31,  0x1.8b10a2p-32,  0x1.bc954ep-33,
     0x1.f7d8e4p-34, 0x1.1d87bap-34, 0x1.41cbeep-35,  0x1.f9afe2p-14},
    {-0x1.5a20c8p-16, 0x1.04a56ap-10,  0x1.071da0p-10,  0x1.d0a084p-12,  0x1.233f84p-17,  -0x1.466bcep-13,
     -0x1.4a5fc2p-13, -0x1.f25680p-14, -0x1.3a6316p-14, -0x1.a95dfep-15, -0x1.025432p-15, -0x1.4cd17ep-16,
     -0x1.c84d5ap-18, -0x1.fb43f8p-18, 0x1.560e58p-21,  0x1.709d22p-20,  0x1.6f9d94p-20,  -0x1.d0bf5ap-23,
     -0x1.2fcc8cp-19, 0x1.baa9f0p-19,  0x1.e1b0ecp-22,  0x1.3b24bep-20,  0x1.a6855cp-19,  -0x1.ffd21cp-20,
     0x1.ffddfap-21,  -0x1.0c8414p-22, -0x1.40d696p-20, -0x1.3ad7aap-19, -0x1.c1e7dcp-20, 0x1.09b0b2p-20,
     0x1.99eb8cp-20,  0x1.5bc36cp-13},
    {-0x1.fd0b86p-8, -0x1.690a84p-8, -0x1.2b08eep-10, 0x1.d8744cp-10, 0x1.53aa06p-9,  0x1.21b0acp-9,  0x1.9586f4p-10,
     0x1.017694p-10, 0x1.365196p-11, 0x1.6b7c6cp-12,  0x1.a303e8p-13, 0x1.debd08p-14, 0x1.101bd0p-14, 0x1.347676p-15,
     0x1.5d19c4p-16, 0x1.8ac0e6p-17, 0x1.be24b6p-18,  0x1.f814d4p-19, 0x1.1cba08p-19, 0x1.419c84p-20, 0x1.6b4594p-21,
     0x1.9a4dcap-22, 0x1.cf6c3ap-23, 0x1.05b64ep-23,  0x1.2794c6p-24, 0x1.4dd89cp-25, 0x1.790e3ep-26, 0x1.a9de70p-27,
     0x1.e0fbacp-28, 0x1.0f9db4p-28, 0x1.32c702p-29,  0x1.5bdf7cp-14},
    {-0x1.9ae9c8p-21, -0x1.574102p-6,  -0x1.fa7cc2p-6,  -0x1.e0af2cp-6,  -0x1.6d85b6p-6,  -0x1.e9dea4p-7,
     -0x1.3122f6p-7,  -0x1.6c6240p-8,  -0x1.a8de22p-9,  -0x1.e8385cp-10, -0x1.167400p-10, -0x1.3c0804p-11,
     -0x1.674b48p-12, -0x1.949872p-13, -0x1.cea436p-14, -0x1.067d52p-14, -0x1.29d236p-15, -0x1.4c3ed0p-16,
     -0x1.652b8ep-17, -0x1.e0e148p-18, -0x1.ef47c0p-19, -0x1.36dceep-19, -0x1.03ab58p-19, -0x1.5eca00p-23,
     -0x1.4467c4p-21, -0x1.31bfe6p-23, 0x1.8e2c26p-23,  0x1.1a6fd6p-21,  0x1.9e2296p-22,  -0x1.227630p-22,
     -0x1.aa31cep-22, 0x1.305d3ap-16},
    {0x1.24924ap-2,  0x1.0dee24p-2,  0x1.ad194ep-3,  0x1.2eae54p-3,  0x1.883d3cp-4,  0x1.e0e0d2p-5,  0x1.1cdefcp-5,
     0x1.4aba02p-6,  0x1.7b73f0p-7,  0x1.b069bap-8,  0x1.eadc7ep-9,  0x1.15fe4cp-9,  0x1.3a7c0ep-10, 0x1.6383f4p-11,
     0x1.91bd5ap-12, 0x1.c5df2ep-13, 0x1.005a16p-13, 0x1.218f62p-14, 0x1.470e8ep-15, 0x1.71669ep-16, 0x1.a138c0p-17,
     0x1.d73ad2p-18, 0x1.0a1d08p-18, 0x1.2c8f1cp-19, 0x1.53767ep-20, 0x1.7f66eap-21, 0x1.b10744p-22, 0x1.e913fcp-23,
     0x1.1430fap-23, 0x1.37f0c6p-24, 0x1.605122p-25, 0x1.b94fe0p-20},
    {0x0.0p+0,      0x1.1cdca8p-2, 0x1.086696p-1, 0x1.63ba8ep-1, 0x1.a178b2p-1, 0x1.c8621ap-1, 0x1.dfd4eap-1,
     0x1.ed9506p-1, 0x1.f5845cp-1, 0x1.fa0db6p-1, 0x1.fca228p-1, 0x1.fe189ap-1, 0x1.feec8ap-1, 0x1.ff645ep-1,
     0x1.ffa818p-1, 0x1.ffce5ap-1, 0x1.ffe3f6p-1, 0x1.fff02ap-1, 0x1.fff70ep-1, 0x1.fffaf4p-1, 0x1.fffd26p-1,
     0x1.fffe64p-1, 0x1.ffff18p-1, 0x1.ffff7cp-1, 0x1.ffffb6p-1, 0x1.ffffd6p-1, 0x1.ffffe8p-1, 0x1.fffff2p-1,
     0x1.fffff8p-1, 0x1.fffffcp-1, 0x1.fffffep-1, 0x1.0p+0},
}};

}  // namespace

Real tanh_by_pieces(Real x) {
  const Real position = lower(absolute(x) * kPiecesInOne, kEnd);
  // Adding 1.5 × 2^23 leaves the number of the piece in the low bits; both round halves to even.
  llvm::Value* piece = (position + 0x1.8p23).bits();
  const Real away = rest_beyond_binary_places(position, 0);
  return with_sign_of(look_up_polynomial<32>(away, kCoefficients, piece), x);
}

}  // namespace kdlc::codegen
