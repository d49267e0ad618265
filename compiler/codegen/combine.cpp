// What reductions are made of: joining two values, where to start, and joining the lanes of a vector.
#include <array>
#include <limits>

#include "codegen/expression.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {

using graph::MapOp;

llvm::Value* emit_combine(Emitter& emitter, graph::Reducer reducer, DType dtype, llvm::Value* left,
                          llvm::Value* right) {
  const auto op = [&] {
    switch (reducer) {
      case graph::Reducer::sum:
      case graph::Reducer::mean:
        return MapOp::add;
      case graph::Reducer::maximum:
        return MapOp::maximum;
      case graph::Reducer::minimum:
        return MapOp::minimum;
      case graph::Reducer::product:
        return MapOp::multiply;
    }
    KDLC_UNREACHABLE("every reducer joins by an operation");
  }();
  if (dtype == DType::boolean) {
    const bool is_or = op == MapOp::add || op == MapOp::maximum;
    return is_or ? emitter.builder.CreateOr(left, right) : emitter.builder.CreateAnd(left, right);
  }
  const graph::MapExpression expression{.terms = {{.op = MapOp::operand, .dtype = dtype, .operand = 0},
                                                  {.op = MapOp::operand, .dtype = dtype, .operand = 1},
                                                  {.op = op, .dtype = dtype, .arguments = {0, 1}}}};
  const std::array<llvm::Value*, 2> operands = {left, right};
  return emit_expression(emitter, expression, operands, 1);
}

llvm::Constant* reducer_identity(Emitter& emitter, graph::Reducer reducer, DType dtype, std::int64_t lanes) {
  llvm::Type* type = emitter.register_type(dtype, lanes);
  const unsigned bits = type->getScalarSizeInBits();
  const bool has_no_sign = dtype == DType::u8 || dtype == DType::boolean;
  switch (reducer) {
    case graph::Reducer::sum:
    case graph::Reducer::mean:
      return llvm::Constant::getNullValue(type);
    case graph::Reducer::product:
      return emitter.constant(dtype, 1, lanes);
    case graph::Reducer::maximum:
      if (is_float(dtype)) {
        return emitter.constant(dtype, -std::numeric_limits<double>::infinity(), lanes);
      }
      return llvm::ConstantInt::get(
          type, has_no_sign ? llvm::APInt::getMinValue(bits) : llvm::APInt::getSignedMinValue(bits));
    case graph::Reducer::minimum:
      if (is_float(dtype)) {
        return emitter.constant(dtype, std::numeric_limits<double>::infinity(), lanes);
      }
      return llvm::ConstantInt::get(
          type, has_no_sign ? llvm::APInt::getMaxValue(bits) : llvm::APInt::getSignedMaxValue(bits));
  }
  KDLC_UNREACHABLE("every reducer starts somewhere");
}

llvm::Value* emit_combine_lanes(Emitter& emitter, graph::Reducer reducer, DType dtype, llvm::Value* value) {
  while (value->getType()->isVectorTy()) {
    const auto lanes = static_cast<int>(llvm::cast<llvm::FixedVectorType>(value->getType())->getNumElements());
    std::vector<int> low;
    std::vector<int> high;
    for (int lane = 0; lane < lanes / 2; ++lane) {
      low.push_back(lane);
      high.push_back(lane + lanes / 2);
    }
    if (lanes == 2) {
      return emit_combine(emitter, reducer, dtype, emitter.builder.CreateExtractElement(value, emitter.integer(0)),
                          emitter.builder.CreateExtractElement(value, emitter.integer(1)));
    }
    value = emit_combine(emitter, reducer, dtype, emitter.builder.CreateShuffleVector(value, low),
                         emitter.builder.CreateShuffleVector(value, high));
  }
  return value;
}

}  // namespace kdlc::codegen
