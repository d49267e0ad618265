// Puts elementwise expressions together.
#include "passes/expressions.hpp"

#include <algorithm>
#include <cstring>

namespace kdlc::passes {

using namespace graph;

MapBuilder::Value FormulaBuilder::operand(NodeId node, DType dtype) {
  // A fixed operand 0 has no node, so that nothing equals it.
  const auto found = std::find(operands_.begin(), operands_.end(), node);
  const auto index = static_cast<std::uint32_t>(found - operands_.begin());
  if (found == operands_.end()) {
    operands_.push_back(node);
  }
  return map_.operand(index, dtype);
}

Formula FormulaBuilder::finish(MapBuilder::Value result) const {
  const bool first_is_fixed = !operands_.empty() && !operands_.front().has_value();
  Formula formula{map_.finish(result), {}};
  std::vector<std::uint32_t> place(operands_.size(), 0);
  std::vector<bool> is_read(operands_.size(), false);
  for (const MapTerm& term : formula.expression.terms) {
    if (term.op == MapOp::operand) {
      is_read[term.operand] = true;
    }
  }
  for (std::size_t index = first_is_fixed ? 1 : 0; index < operands_.size(); ++index) {
    if (is_read[index]) {
      place[index] = static_cast<std::uint32_t>(formula.operands.size()) + (first_is_fixed ? 1U : 0U);
      formula.operands.push_back(operands_[index]);
    }
  }
  for (MapTerm& term : formula.expression.terms) {
    if (term.op == MapOp::operand) {
      term.operand = place[term.operand];
    }
  }
  return formula;
}

std::size_t count_operations(const MapExpression& expression) {
  return static_cast<std::size_t>(
      std::count_if(expression.terms.begin(), expression.terms.end(),
                    [](const MapTerm& term) { return term.op != MapOp::operand && term.op != MapOp::constant; }));
}

MapBuilder::Value constant_value(MapBuilder& map, const TensorData& data) {
  KDLC_ASSERT(data.element_count() == 1, "a constant of one element");
  if (data.dtype != DType::i64) {
    return map.constant(data.at(0), data.dtype);
  }
  // Beyond 2^53 a double would not hold it, so that it is put together from two halves that it does hold.
  std::int64_t number = 0;
  std::memcpy(&number, data.bytes.data(), sizeof(number));
  constexpr std::int64_t kHalf = std::int64_t{1} << 32;
  if (number > -kHalf && number < kHalf) {
    return map.constant(static_cast<double>(number), DType::i64);
  }
  const std::int64_t low = number & (kHalf - 1);
  return map.add(map.multiply(map.constant(static_cast<double>((number - low) / kHalf), DType::i64),
                              map.constant(static_cast<double>(kHalf), DType::i64)),
                 map.constant(static_cast<double>(low), DType::i64));
}

}  // namespace kdlc::passes
