// sin and cos: x = n π/2 + r with |r| <= π/4; n mod 4 chooses polynomial and sign.
//
// f32 is reduced in f64, three parts of π/2 whose products with n are exact for |n| < 2^20 (FreeBSD's e_rem_pio2.c).
#include "codegen/math/real.hpp"
#include "codegen/math/vector_math.hpp"

namespace kdlc::codegen {
namespace {

struct Angle {
  Real r;
  Real low;               // what r lost in rounding
  llvm::Value* quadrant;  // n as integers of x's width in f64
};

Angle reduce(Real x) {
  const Real magic = x.number(0x1.8p52);
  const Real shifted = multiply_add(x, x.number(6.36619772367581382433e-01), magic);
  const Real n = shifted - magic;
  const Real head = multiply_add(n, x.number(-1.57079632673412561417e+00), x);
  const Real middle = n * 6.07710050630396597660e-11;
  const Real first = head - middle;
  const Real lost = (head - first) - middle;
  const Real tail = multiply_add(n, x.number(-2.02226624879595063154e-21), lost);
  const Real r = first + tail;
  return {.r = r, .low = (first - r) + tail, .quadrant = shifted.bits()};
}

Real sine(Real r, Real low) {
  const Real z = r * r;
  if (r.is_f32()) {
    return multiply_add(polynomial(z, {-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1}), z * r, r);
  }
  const Real series =
      polynomial(z, {1.58969099521155010221e-10, -2.50507602534068634195e-08, 2.75573137070700676789e-06,
                     -1.98412698298579493134e-04, 8.33333333332248946124e-03, -1.66666666666666324348e-01});
  return r + multiply_add(series, z * r, low);
}

Real cosine(Real r, Real low) {
  const Real z = r * r;
  const Real half = z * 0.5;
  const Real head = r.number(1) - half;
  if (r.is_f32()) {
    const Real series = polynomial(z, {2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2});
    return multiply_add(series, z * z, head);
  }
  const Real series =
      polynomial(z, {-1.13596475577881948265e-11, 2.08757232129817482790e-09, -2.75573143513906633035e-07,
                     2.48015872894767294178e-05, -1.38888888888741095749e-03, 4.16666666666666019037e-02});
  return head + (((r.number(1) - head) - half) + (z * z * series - r * low));
}

/// sin of x + `quarters` quarter turns.
llvm::Value* emit_turned(Emitter& emitter, llvm::Value* x, std::int64_t quarters) {
  llvm::IRBuilder<>& builder = emitter.builder;
  const Real real{&emitter, x};
  Angle angle{};
  if (real.is_f32()) {
    const Real wide{&emitter, builder.CreateFPExt(x, x->getType()->getWithNewType(builder.getDoubleTy()))};
    angle = reduce(wide);
    angle.r.value = builder.CreateFPTrunc(angle.r.value, x->getType());
    angle.low = real.number(0);
    angle.quadrant = builder.CreateTrunc(angle.quadrant, real.bits_type());
  } else {
    angle = reduce(real);
  }
  llvm::Value* quadrant = builder.CreateAdd(angle.quadrant, real.integer(quarters));
  llvm::Value* is_odd = builder.CreateICmpNE(builder.CreateAnd(quadrant, real.integer(1)), real.integer(0));
  llvm::Value* is_negative = builder.CreateICmpNE(builder.CreateAnd(quadrant, real.integer(2)), real.integer(0));
  const Real result = select(is_odd, cosine(angle.r, angle.low), sine(angle.r, angle.low));
  return select(is_negative, -result, result).value;
}

}  // namespace

llvm::Value* emit_sin(Emitter& emitter, llvm::Value* x) {
  return emit_turned(emitter, x, 0);
}
llvm::Value* emit_cos(Emitter& emitter, llvm::Value* x) {
  return emit_turned(emitter, x, 1);
}

}  // namespace kdlc::codegen
