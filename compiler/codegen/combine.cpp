// What reductions are made of: joining two values, where to start, and joining the lanes of a vector.
#include <algorithm>
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
    // One after the other, as arguments are evaluated in no certain order and code must not follow it.
    if (lanes == 2) {
      llvm::Value* first = emitter.builder.CreateExtractElement(value, emitter.integer(0));
      llvm::Value* second = emitter.builder.CreateExtractElement(value, emitter.integer(1));
      return emit_combine(emitter, reducer, dtype, first, second);
    }
    llvm::Value* first = emitter.builder.CreateShuffleVector(value, low);
    llvm::Value* second = emitter.builder.CreateShuffleVector(value, high);
    value = emit_combine(emitter, reducer, dtype, first, second);
  }
  return value;
}

namespace {

/// Lanes in another order, from one vector or two.
llvm::Value* shuffled(Emitter& emitter, llvm::Value* first, llvm::Value* second, std::vector<int> lanes) {
  return emitter.builder.CreateShuffleVector(first, second, lanes);
}

/// `values`, at most as many as a vector has lanes, each joined to the lanes of a group of one vector: two vectors of
/// groups become one with twice as many groups half as wide, then the groups of the last one are joined within.
llvm::Value* combine_groups(Emitter& emitter, graph::Reducer reducer, DType dtype, std::vector<llvm::Value*> values,
                            int lanes) {
  int width = lanes;  // of a group
  while (values.size() > 1) {
    std::vector<int> low;
    std::vector<int> high;
    for (int begin = 0; begin < 2 * lanes; begin += width) {
      for (int lane = begin; lane < begin + width / 2; ++lane) {
        low.push_back(lane);
        high.push_back(lane + width / 2);
      }
    }
    std::vector<llvm::Value*> joined;
    for (std::size_t pair = 0; pair < values.size(); pair += 2) {
      llvm::Value* first = shuffled(emitter, values[pair], values[pair + 1], low);
      llvm::Value* second = shuffled(emitter, values[pair], values[pair + 1], high);
      joined.push_back(emit_combine(emitter, reducer, dtype, first, second));
    }
    values = std::move(joined);
    width /= 2;
  }
  llvm::Value* all = values[0];
  for (; width > 1; width /= 2) {
    std::vector<int> partner;
    for (int lane = 0; lane < lanes; ++lane) {
      partner.push_back(lane ^ (width / 2));
    }
    all = emit_combine(emitter, reducer, dtype, all, shuffled(emitter, all, all, partner));
  }
  return all;
}

}  // namespace

std::vector<llvm::Value*> emit_combine_lanes(Emitter& emitter, graph::Reducer reducer, DType dtype,
                                             std::span<llvm::Value* const> values) {
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(values.front()->getType());
  const std::size_t lanes = vector == nullptr ? 1 : vector->getNumElements();
  std::vector<llvm::Value*> results;
  while (results.size() < values.size()) {
    std::size_t count = 1;
    while (2 * count <= std::min(lanes, values.size() - results.size())) {
      count *= 2;
    }
    const auto group = values.subspan(results.size(), count);
    if (count == 1) {
      results.push_back(lanes == 1 ? group[0] : emit_combine_lanes(emitter, reducer, dtype, group[0]));
      continue;
    }
    llvm::Value* all = combine_groups(emitter, reducer, dtype, {group.begin(), group.end()}, static_cast<int>(lanes));
    for (std::size_t lane = 0; lane < lanes; lane += lanes / count) {
      results.push_back(emitter.builder.CreateExtractElement(all, lane));
    }
  }
  return results;
}

llvm::Value* emit_combine_to_lanes(Emitter& emitter, graph::Reducer reducer, DType dtype,
                                   std::span<llvm::Value* const> values) {
  if (values.size() == 1) {
    return emit_combine_lanes(emitter, reducer, dtype, values.front());
  }
  const auto lanes = static_cast<int>(llvm::cast<llvm::FixedVectorType>(values.front()->getType())->getNumElements());
  const auto count = static_cast<int>(values.size());
  llvm::Value* all = combine_groups(emitter, reducer, dtype, {values.begin(), values.end()}, lanes);
  std::vector<int> first;  // lane of each group
  for (int lane = 0; lane < lanes; lane += lanes / count) {
    first.push_back(lane);
  }
  return count == lanes ? all : emitter.builder.CreateShuffleVector(all, first);
}

}  // namespace kdlc::codegen
