// Elementwise expressions: one small emission for every operation.
#include "codegen/expression.hpp"

#include <algorithm>
#include <array>

#include "codegen/gated_forms.hpp"
#include "codegen/loops.hpp"
#include "codegen/math/vector_math.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

using graph::MapOp;

/// One term with its arguments' values.
struct Term {
  Emitter& emitter;
  const graph::MapTerm& term;
  DType dtype;  // of the first argument (select: the second)
  std::int64_t lanes;
  llvm::Value* a = nullptr;
  llvm::Value* b = nullptr;
  llvm::Value* c = nullptr;

  [[nodiscard]] llvm::IRBuilder<>& builder() const { return emitter.builder; }
  [[nodiscard]] bool is_real() const { return is_float(dtype); }
  [[nodiscard]] bool is_unsigned() const { return dtype == DType::u8 || dtype == DType::boolean; }
  [[nodiscard]] llvm::Value* number(std::int64_t value) const {
    return llvm::ConstantInt::getSigned(a->getType(), value);
  }
};

llvm::Value* emit_constant(Emitter& emitter, const graph::MapTerm& term, std::int64_t lanes) {
  if (is_float(term.dtype)) {
    return emitter.constant(term.dtype, term.number, lanes);
  }
  llvm::Constant* scalar = llvm::ConstantInt::getSigned(emitter.register_type(term.dtype), term.integer);
  return emitter.splat(scalar, lanes);
}

struct Quotient {
  llvm::Value* floor;
  llvm::Value* rest;
};

/// Towards minus infinity, with the rest of the divisor's sign. Divisors 0 (result 0, rest 0) and -1 (which may
/// overflow) trap in hardware and are kept from it.
Quotient divide_integers(const Term& term) {
  llvm::IRBuilder<>& builder = term.builder();
  llvm::Value* zero = term.number(0);
  llvm::Value* by_zero = builder.CreateICmpEQ(term.b, zero);
  if (term.is_unsigned()) {
    llvm::Value* divisor = builder.CreateSelect(by_zero, term.number(1), term.b);
    llvm::Value* quotient = builder.CreateUDiv(term.a, divisor);
    llvm::Value* rest = builder.CreateSub(term.a, builder.CreateMul(quotient, divisor));
    return {.floor = builder.CreateSelect(by_zero, zero, quotient), .rest = builder.CreateSelect(by_zero, zero, rest)};
  }
  llvm::Value* by_minus_one = builder.CreateICmpEQ(term.b, term.number(-1));
  llvm::Value* divisor = builder.CreateSelect(builder.CreateOr(by_zero, by_minus_one), term.number(1), term.b);
  llvm::Value* quotient = builder.CreateSDiv(term.a, divisor);
  llvm::Value* rest = builder.CreateSub(term.a, builder.CreateMul(quotient, divisor));
  llvm::Value* has_other_sign = builder.CreateAnd(builder.CreateICmpNE(rest, zero),
                                                  builder.CreateICmpSLT(builder.CreateXor(rest, divisor), zero));
  quotient = builder.CreateSelect(has_other_sign, builder.CreateSub(quotient, term.number(1)), quotient);
  rest = builder.CreateSelect(has_other_sign, builder.CreateAdd(rest, divisor), rest);
  quotient = builder.CreateSelect(by_minus_one, builder.CreateNeg(term.a), quotient);
  return {.floor = builder.CreateSelect(by_zero, zero, quotient), .rest = builder.CreateSelect(by_zero, zero, rest)};
}

/// x^n by squaring, modulo 2^bits; 0 for negative n.
llvm::Value* power_of_integers(const Term& term) {
  llvm::IRBuilder<>& builder = term.builder();
  llvm::Value* one = term.number(1);
  llvm::Value* zero = term.number(0);
  const Values result =
      carry(term.emitter,
            {.begin = term.emitter.integer(0), .end = term.emitter.integer(term.a->getType()->getScalarSizeInBits())},
            {one, term.a, term.b}, [&](llvm::Value*, const Values& values) {
              llvm::Value* is_set = builder.CreateICmpNE(builder.CreateAnd(values[2], one), zero);
              llvm::Value* product = builder.CreateSelect(is_set, builder.CreateMul(values[0], values[1]), values[0]);
              return Values{product, builder.CreateMul(values[1], values[1]), builder.CreateLShr(values[2], one)};
            });
  return term.is_unsigned() ? result[0] : builder.CreateSelect(builder.CreateICmpSLT(term.b, zero), zero, result[0]);
}

/// Small whole powers by multiplication, 0 for "not one of these".
int small_whole_power(llvm::Value* exponent) {
  auto* constant = llvm::dyn_cast<llvm::Constant>(exponent);
  if (constant != nullptr && exponent->getType()->isVectorTy()) {
    constant = constant->getSplatValue();
  }
  const auto* number = constant == nullptr ? nullptr : llvm::dyn_cast<llvm::ConstantFP>(constant);
  for (const int power : {1, 2, 3, 4}) {
    if (number != nullptr && number->isExactlyValue(power)) {
      return power;
    }
  }
  return 0;
}

llvm::Value* emit_real_power(const Term& term) {
  llvm::IRBuilder<>& builder = term.builder();
  switch (small_whole_power(term.b)) {
    case 1:
      return term.a;
    case 2:
      return builder.CreateFMul(term.a, term.a);
    case 3:
      return builder.CreateFMul(builder.CreateFMul(term.a, term.a), term.a);
    case 4: {
      llvm::Value* square = builder.CreateFMul(term.a, term.a);
      return builder.CreateFMul(square, square);
    }
    default:
      return emit_power(term.emitter, term.a, term.b);
  }
}

llvm::Value* emit_sign(const Term& term) {
  llvm::IRBuilder<>& builder = term.builder();
  if (term.is_real()) {
    llvm::Constant* zero = llvm::ConstantFP::get(term.a->getType(), 0);
    llvm::Value* below =
        builder.CreateSelect(builder.CreateFCmpOLT(term.a, zero), llvm::ConstantFP::get(term.a->getType(), -1), term.a);
    return builder.CreateSelect(builder.CreateFCmpOGT(term.a, zero), llvm::ConstantFP::get(term.a->getType(), 1),
                                below);
  }
  llvm::Value* not_zero = builder.CreateZExt(builder.CreateICmpNE(term.a, term.number(0)), term.a->getType());
  if (term.is_unsigned()) {
    return not_zero;
  }
  return builder.CreateSelect(builder.CreateICmpSLT(term.a, term.number(0)), term.number(-1), not_zero);
}

llvm::Value* emit_comparison(const Term& term) {
  using Predicate = llvm::CmpInst::Predicate;
  struct Predicates {
    Predicate real;
    Predicate with_sign;
    Predicate without_sign;
  };
  const auto compare = [&](const Predicates& predicates) {
    if (term.is_real()) {
      return term.builder().CreateFCmp(predicates.real, term.a, term.b);
    }
    return term.builder().CreateICmp(term.is_unsigned() ? predicates.without_sign : predicates.with_sign, term.a,
                                     term.b);
  };
  switch (term.term.op) {
    case MapOp::equal:
      return compare({Predicate::FCMP_OEQ, Predicate::ICMP_EQ, Predicate::ICMP_EQ});
    case MapOp::not_equal:
      return compare({Predicate::FCMP_UNE, Predicate::ICMP_NE, Predicate::ICMP_NE});
    case MapOp::less:
      return compare({Predicate::FCMP_OLT, Predicate::ICMP_SLT, Predicate::ICMP_ULT});
    case MapOp::less_equal:
      return compare({Predicate::FCMP_OLE, Predicate::ICMP_SLE, Predicate::ICMP_ULE});
    case MapOp::greater:
      return compare({Predicate::FCMP_OGT, Predicate::ICMP_SGT, Predicate::ICMP_UGT});
    default:
      return compare({Predicate::FCMP_OGE, Predicate::ICMP_SGE, Predicate::ICMP_UGE});
  }
}

llvm::Value* emit_integer_arithmetic(const Term& term) {
  llvm::IRBuilder<>& builder = term.builder();
  switch (term.term.op) {
    case MapOp::add:
      return builder.CreateAdd(term.a, term.b);
    case MapOp::subtract:
      return builder.CreateSub(term.a, term.b);
    case MapOp::multiply:
      return builder.CreateMul(term.a, term.b);
    case MapOp::divide:
      return divide_integers(term).floor;
    case MapOp::remainder:
      return divide_integers(term).rest;
    case MapOp::power:
      return power_of_integers(term);
    case MapOp::negate:
      return builder.CreateNeg(term.a);
    case MapOp::absolute:
      return term.is_unsigned() ? term.a
                                : builder.CreateSelect(builder.CreateICmpSLT(term.a, term.number(0)),
                                                       builder.CreateNeg(term.a), term.a);
    case MapOp::minimum:
    case MapOp::maximum: {
      llvm::Value* is_less =
          term.is_unsigned() ? builder.CreateICmpULT(term.a, term.b) : builder.CreateICmpSLT(term.a, term.b);
      return term.term.op == MapOp::minimum ? builder.CreateSelect(is_less, term.a, term.b)
                                            : builder.CreateSelect(is_less, term.b, term.a);
    }
    case MapOp::floor:
    case MapOp::ceil:
    case MapOp::round:
      return term.a;
    default:
      break;
  }
  KDLC_UNREACHABLE("functions of real numbers take real numbers");
}

llvm::Value* emit_real_arithmetic(const Term& term) {
  llvm::IRBuilder<>& builder = term.builder();
  Emitter& emitter = term.emitter;
  switch (term.term.op) {
    case MapOp::add:
      return builder.CreateFAdd(term.a, term.b);
    case MapOp::subtract:
      return builder.CreateFSub(term.a, term.b);
    case MapOp::multiply:
      return builder.CreateFMul(term.a, term.b);
    case MapOp::divide:
      return builder.CreateFDiv(term.a, term.b);
    case MapOp::remainder:
      return emit_remainder(emitter, term.a, term.b);
    case MapOp::power:
      return emit_real_power(term);
    case MapOp::minimum:
      return emit_minimum(emitter, term.a, term.b);
    case MapOp::maximum:
      return emit_maximum(emitter, term.a, term.b);
    case MapOp::negate:
      return builder.CreateFNeg(term.a);
    case MapOp::absolute:
      return builder.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, term.a);
    case MapOp::exp:
      return emit_exp(emitter, term.a);
    case MapOp::expm1:
      return emit_expm1(emitter, term.a);
    case MapOp::log:
      return emit_log(emitter, term.a);
    case MapOp::log1p:
      return emit_log1p(emitter, term.a);
    case MapOp::sqrt:
      return emit_sqrt(emitter, term.a);
    case MapOp::rsqrt:
      return emit_rsqrt(emitter, term.a);
    case MapOp::tanh:
      return emit_tanh(emitter, term.a);
    case MapOp::sigmoid:
      return emit_sigmoid(emitter, term.a);
    case MapOp::erf:
      return emit_erf(emitter, term.a);
    case MapOp::sin:
      return emit_sin(emitter, term.a);
    case MapOp::cos:
      return emit_cos(emitter, term.a);
    case MapOp::floor:
      return emit_floor(emitter, term.a);
    case MapOp::ceil:
      return emit_ceil(emitter, term.a);
    case MapOp::round:
      return emit_round(emitter, term.a);
    default:
      break;
  }
  KDLC_UNREACHABLE("every operation on real numbers has code");
}

llvm::Value* emit_term(const Term& term) {
  switch (term.term.op) {
    case MapOp::sign:
      return emit_sign(term);
    case MapOp::equal:
    case MapOp::not_equal:
    case MapOp::less:
    case MapOp::less_equal:
    case MapOp::greater:
    case MapOp::greater_equal:
      return emit_comparison(term);
    case MapOp::logical_and:
      return term.builder().CreateAnd(term.a, term.b);
    case MapOp::logical_or:
      return term.builder().CreateOr(term.a, term.b);
    case MapOp::logical_not:
      return term.builder().CreateNot(term.a);
    case MapOp::select:
      return term.builder().CreateSelect(term.a, term.b, term.c);
    default:
      KDLC_ASSERT(term.dtype != DType::f16 && term.dtype != DType::bf16, "arithmetic is in f32, f64 or whole numbers");
      return term.is_real() ? emit_real_arithmetic(term) : emit_integer_arithmetic(term);
  }
}

}  // namespace

llvm::Value* emit_cast(Emitter& emitter, llvm::Value* value, DType from, DType to, std::int64_t lanes) {
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Type* type = emitter.register_type(to, lanes);
  const bool from_is_unsigned = from == DType::u8 || from == DType::boolean;
  if (from == to) {
    return value;
  }
  if (to == DType::boolean) {
    llvm::Constant* zero = llvm::Constant::getNullValue(value->getType());
    return is_float(from) ? builder.CreateFCmpUNE(value, zero) : builder.CreateICmpNE(value, zero);
  }
  if (is_float(from) && is_float(to)) {
    return builder.CreateFPCast(value, type);
  }
  if (is_float(from)) {
    // Saturating, so that no value is undefined: NaN gives 0.
    const auto intrinsic = to == DType::u8 ? llvm::Intrinsic::fptoui_sat : llvm::Intrinsic::fptosi_sat;
    return builder.CreateIntrinsic(intrinsic, {type, value->getType()}, {value});
  }
  if (is_float(to)) {
    return from_is_unsigned ? builder.CreateUIToFP(value, type) : builder.CreateSIToFP(value, type);
  }
  return builder.CreateIntCast(value, type, !from_is_unsigned);
}

namespace {

/// The value in every lane, when it is a scalar among vectors.
llvm::Value* widen(Emitter& emitter, llvm::Value* value, std::int64_t lanes) {
  return lanes == 1 || value == nullptr || value->getType()->isVectorTy() ? value : emitter.splat(value, lanes);
}

}  // namespace

llvm::Value* emit_expression(Emitter& emitter, const graph::MapExpression& expression,
                             std::span<llvm::Value* const> operands, std::int64_t lanes) {
  if (expression.terms.empty()) {
    return widen(emitter, operands[0], lanes);
  }
  std::vector<llvm::Value*> values;
  for (const graph::MapTerm& term : expression.terms) {
    if (term.op == MapOp::operand) {
      values.push_back(operands[term.operand]);
      continue;
    }
    if (term.op == MapOp::constant) {
      values.push_back(emit_constant(emitter, term, 1));
      continue;
    }
    std::array<llvm::Value*, 3> arguments{};
    std::int64_t own_lanes = 1;
    for (int number = 0; number < operand_count(term.op); ++number) {
      llvm::Value*& argument = arguments[static_cast<std::size_t>(number)];
      argument = values[term.arguments[static_cast<std::size_t>(number)]];
      own_lanes = argument->getType()->isVectorTy() ? lanes : own_lanes;
    }
    for (llvm::Value*& argument : arguments) {
      argument = widen(emitter, argument, own_lanes);
    }
    const DType dtype = expression.terms[term.arguments[0]].dtype;
    if (const auto x = gelu_argument(expression, term)) {
      // The terms in between are of no use then; LLVM drops them.
      values.push_back(emit_gelu(emitter, widen(emitter, values[*x], own_lanes)));
      continue;
    }
    if (const auto x = silu_argument(expression, term)) {
      values.push_back(emit_silu(emitter, widen(emitter, values[*x], own_lanes)));
      continue;
    }
    values.push_back(term.op == MapOp::cast ? emit_cast(emitter, arguments[0], dtype, term.dtype, own_lanes)
                                            : emit_term({.emitter = emitter,
                                                         .term = term,
                                                         .dtype = dtype,
                                                         .lanes = own_lanes,
                                                         .a = arguments[0],
                                                         .b = arguments[1],
                                                         .c = arguments[2]}));
  }
  return widen(emitter, values.back(), lanes);
}

llvm::Value* emit_multiply_add(Emitter& emitter, DType dtype, llvm::Value* a, llvm::Value* b, llvm::Value* sum) {
  if (is_float(dtype)) {
    return emitter.builder.CreateIntrinsic(llvm::Intrinsic::fmuladd, {sum->getType()}, {a, b, sum});
  }
  return emitter.builder.CreateAdd(emitter.builder.CreateMul(a, b), sum);
}

bool calls_functions(const graph::MapExpression& expression) {
  return std::any_of(expression.terms.begin(), expression.terms.end(), [](const graph::MapTerm& term) {
    switch (term.op) {
      case MapOp::exp:
      case MapOp::expm1:
      case MapOp::log:
      case MapOp::log1p:
      case MapOp::tanh:
      case MapOp::sigmoid:
      case MapOp::erf:
      case MapOp::sin:
      case MapOp::cos:
      case MapOp::power:
        return true;
      default:  // one instruction or a few
        return false;
    }
  });
}

bool calls_function(const graph::MapExpression& expression, graph::MapOp function) {
  return std::any_of(expression.terms.begin(), expression.terms.end(),
                     [&](const graph::MapTerm& term) { return term.op == function; });
}

DType operand_dtype(const graph::MapExpression& expression, std::uint32_t index, DType otherwise) {
  for (const graph::MapTerm& term : expression.terms) {
    if (term.op == MapOp::operand && term.operand == index) {
      return term.dtype;
    }
  }
  return otherwise;
}

}  // namespace kdlc::codegen
