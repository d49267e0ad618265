// Powers of two and reciprocals, by AVX-512's vscalefps and vrcp14ps where they are there.
#include "codegen/math/wide_operations.hpp"

#include <string_view>

#include <llvm/IR/IntrinsicsX86.h>

namespace kdlc::codegen {
namespace {

constexpr int kCurrentRounding = 4;

std::int64_t lanes_of(Real x) {
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(x.type());
  return vector == nullptr ? 1 : static_cast<std::int64_t>(vector->getNumElements());
}

/// Whether a whole register of AVX-512 or of its shorter forms holds the value.
bool is_avx512_vector(Real x) {
  const std::int64_t bits = lanes_of(x) * (x.is_f32() ? 32 : 64);
  return x.emitter->machine.has_masks && std::string_view(x.emitter->target.triple).starts_with("x86_64") &&
         (bits == 128 || bits == 256 || bits == 512);
}

llvm::Value* all_lanes(Real x) {
  llvm::IRBuilder<>& builder = x.builder();
  return lanes_of(x) == 16 ? static_cast<llvm::Value*>(builder.getInt16(0xFFFF)) : builder.getInt8(0xFF);
}

Real scalef(Real value, Real n) {
  namespace Intrinsic = llvm::Intrinsic;
  const std::int64_t lanes = lanes_of(value);
  const bool is_f32 = value.is_f32();
  const bool is_whole = lanes == (is_f32 ? 16 : 8);
  const bool is_half = lanes == (is_f32 ? 8 : 4);
  const auto id =
      is_whole  ? (is_f32 ? Intrinsic::x86_avx512_mask_scalef_ps_512 : Intrinsic::x86_avx512_mask_scalef_pd_512)
      : is_half ? (is_f32 ? Intrinsic::x86_avx512_mask_scalef_ps_256 : Intrinsic::x86_avx512_mask_scalef_pd_256)
                : (is_f32 ? Intrinsic::x86_avx512_mask_scalef_ps_128 : Intrinsic::x86_avx512_mask_scalef_pd_128);
  std::vector<llvm::Value*> arguments = {value.value, n.value, value.value, all_lanes(value)};
  if (is_whole) {
    arguments.push_back(value.builder().getInt32(kCurrentRounding));
  }
  return {value.emitter, value.builder().CreateIntrinsic(id, {}, arguments)};
}

/// 1 / x but for an error of 2^-14.
Real reciprocal_estimate(Real x) {
  namespace Intrinsic = llvm::Intrinsic;
  const std::int64_t lanes = lanes_of(x);
  const auto id = lanes == 16  ? Intrinsic::x86_avx512_rcp14_ps_512
                  : lanes == 8 ? Intrinsic::x86_avx512_rcp14_ps_256
                               : Intrinsic::x86_avx512_rcp14_ps_128;
  return {x.emitter, x.builder().CreateIntrinsic(id, {}, {x.value, x.value, all_lanes(x)})};
}

/// Sixteen numbers of a table.
llvm::Value* table_register(Real like, std::span<const double> numbers) {
  std::vector<llvm::Constant*> constants;
  for (const double number : numbers) {
    constants.push_back(llvm::ConstantFP::get(like.type()->getScalarType(), number));
  }
  return llvm::ConstantVector::get(constants);
}

}  // namespace

Real times_power_of_two(Real value, Real n, llvm::Value* shifted) {
  if (is_avx512_vector(value)) {
    return scalef(value, n);
  }
  // Two factors, so that results reach into the denormals and overflow to infinity by themselves.
  llvm::IRBuilder<>& builder = value.builder();
  llvm::Value* half = builder.CreateAShr(shifted, value.integer(1));
  const Real first = power_of_two(value, half);
  const Real second = power_of_two(value, builder.CreateSub(shifted, half));
  return value * first * second;
}

Real reciprocal(Real x) {
  if (!x.is_f32() || x.emitter->strict || !is_avx512_vector(x)) {
    return x.number(1) / x;
  }
  const Real estimate = reciprocal_estimate(x);
  // Newton: an error of 2^-14 becomes one of 2^-28.
  return multiply_add(multiply_add(-x, estimate, x.number(1)), estimate, estimate);
}

bool divides_fast(const Emitter& emitter) {
  return emitter.machine.multiply_adds_a_cycle == 1;
}

Real quotient(Real a, Real b) {
  if (divides_fast(*a.emitter)) {
    return a / b;
  }
  const Real inverse = reciprocal_estimate(b);
  const Real near = a * inverse;
  return multiply_add(multiply_add(-b, near, a), inverse, near);
}

bool can_look_up(Real like) {
  return like.is_f32() && lanes_of(like) == 16 && is_avx512_vector(like);
}

Real look_up(Real like, const std::array<double, 16>& table, llvm::Value* indices) {
  return {like.emitter, like.builder().CreateIntrinsic(llvm::Intrinsic::x86_avx512_permvar_sf_512, {},
                                                       {table_register(like, table), indices})};
}

Real look_up(Real like, const std::array<double, 32>& table, llvm::Value* indices) {
  const std::span<const double> numbers = table;
  return {like.emitter, like.builder().CreateIntrinsic(llvm::Intrinsic::x86_avx512_vpermi2var_ps_512, {},
                                                       {table_register(like, numbers.first(16)), indices,
                                                        table_register(like, numbers.last(16))})};
}

Real smaller_magnitude(Real x, double limit) {
  constexpr int kSmallerMagnitudeWithoutSign = 0b1010;
  llvm::IRBuilder<>& builder = x.builder();
  return {x.emitter,
          builder.CreateIntrinsic(llvm::Intrinsic::x86_avx512_mask_range_ps_512, {},
                                  {x.value, x.number(limit).value, builder.getInt32(kSmallerMagnitudeWithoutSign),
                                   x.value, all_lanes(x), builder.getInt32(kCurrentRounding)})};
}

Real positive_part(Real x) {
  // vfixupimmps takes the answer of each kind of number from four bits, the lowest first: quiet and signalling NaN, 0,
  // 1, -infinity, infinity, other negative and other positive numbers. 1 is the number itself, 2 its NaN, 3 NaN, 8
  // zero.
  constexpr std::uint32_t kAnswers = 0x18131122;
  llvm::IRBuilder<>& builder = x.builder();
  return {x.emitter, builder.CreateIntrinsic(llvm::Intrinsic::x86_avx512_mask_fixupimm_ps_512, {},
                                             {x.value, x.value, x.integer(kAnswers), builder.getInt32(0), all_lanes(x),
                                              builder.getInt32(kCurrentRounding)})};
}

Real rest_beyond_binary_places(Real x, unsigned places) {
  constexpr unsigned kNearestWithoutExceptions = 0b1000;
  llvm::IRBuilder<>& builder = x.builder();
  return {x.emitter, builder.CreateIntrinsic(llvm::Intrinsic::x86_avx512_mask_reduce_ps_512, {},
                                             {x.value, builder.getInt32((places << 4) | kNearestWithoutExceptions),
                                              x.value, all_lanes(x), builder.getInt32(kCurrentRounding)})};
}

}  // namespace kdlc::codegen
