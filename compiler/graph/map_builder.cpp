// Builds elementwise expressions term by term; equal terms are made once.
#include <algorithm>
#include <bit>
#include <utility>

#include "graph/map_expression.hpp"
#include "graph/rounding.hpp"
#include "support/assert.hpp"

namespace kdlc::graph {

namespace {

bool is_comparison(MapOp op) {
  return op == MapOp::equal || op == MapOp::not_equal || op == MapOp::less || op == MapOp::less_equal ||
         op == MapOp::greater || op == MapOp::greater_equal;
}

}  // namespace

bool MapTerm::operator==(const MapTerm& other) const {
  // Bits, so that -0 differs from 0 and a NaN equals itself.
  return op == other.op && dtype == other.dtype && arguments == other.arguments && operand == other.operand &&
         std::bit_cast<std::uint64_t>(number) == std::bit_cast<std::uint64_t>(other.number) && integer == other.integer;
}

bool MapExpression::is_identity() const {
  return terms.empty() || (terms.size() == 1 && terms[0].op == MapOp::operand && terms[0].operand == 0);
}

DType MapExpression::result_dtype() const {
  KDLC_ASSERT(!terms.empty(), "an expression with a result type has terms");
  return terms.back().dtype;
}

MapBuilder::Value MapBuilder::push(const MapTerm& term) {
  const auto found = std::find(terms_.begin(), terms_.end(), term);
  if (found != terms_.end()) {
    return static_cast<Value>(found - terms_.begin());
  }
  terms_.push_back(term);
  return static_cast<Value>(terms_.size() - 1);
}

DType MapBuilder::dtype(Value value) const {
  KDLC_ASSERT(value < terms_.size(), "a value belongs to its builder");
  return terms_[value].dtype;
}

MapBuilder::Value MapBuilder::operand(std::uint32_t index, DType dtype) {
  return push({.op = MapOp::operand, .dtype = dtype, .operand = index});
}

MapBuilder::Value MapBuilder::constant(double number, DType dtype) {
  MapTerm term{.op = MapOp::constant, .dtype = dtype};
  if (is_float(dtype)) {
    term.number = round_to_float(number, dtype);
  } else {
    term.integer = truncate_to_integer(number, dtype);
  }
  return push(term);
}

MapBuilder::Value MapBuilder::cast(Value value, DType dtype) {
  if (this->dtype(value) == dtype) {
    return value;
  }
  return push({.op = MapOp::cast, .dtype = dtype, .arguments = {value}});
}

MapBuilder::Value MapBuilder::apply(MapOp op, Value first) {
  KDLC_ASSERT(operand_count(op) == 1 && op != MapOp::cast, "an operation of one argument; casts name their type");
  return push({.op = op, .dtype = dtype(first), .arguments = {first}});
}

MapBuilder::Value MapBuilder::apply(MapOp op, Value first, Value second) {
  KDLC_ASSERT(operand_count(op) == 2, "an operation of two arguments");
  KDLC_ASSERT(dtype(first) == dtype(second), "arguments of one operation have one type");
  return push({.op = op, .dtype = is_comparison(op) ? DType::boolean : dtype(first), .arguments = {first, second}});
}

MapBuilder::Value MapBuilder::select(Value condition, Value if_true, Value if_false) {
  KDLC_ASSERT(dtype(condition) == DType::boolean, "a condition is a bool");
  KDLC_ASSERT(dtype(if_true) == dtype(if_false), "both choices have one type");
  return push({.op = MapOp::select, .dtype = dtype(if_true), .arguments = {condition, if_true, if_false}});
}

MapBuilder::Value MapBuilder::inline_expression(const MapExpression& inner, const std::vector<Value>& operands) {
  if (inner.terms.empty()) {
    KDLC_ASSERT(!operands.empty(), "the identity has an operand");
    return operands[0];
  }
  std::vector<Value> values;
  values.reserve(inner.terms.size());
  for (const MapTerm& term : inner.terms) {
    if (term.op == MapOp::operand) {
      KDLC_ASSERT(term.operand < operands.size(), "every operand has a value");
      KDLC_ASSERT(dtype(operands[term.operand]) == term.dtype, "a replaced operand keeps its type");
      values.push_back(operands[term.operand]);
      continue;
    }
    MapTerm moved = term;
    for (int index = 0; index < operand_count(term.op); ++index) {
      auto& argument = moved.arguments[static_cast<std::size_t>(index)];
      argument = values[argument];
    }
    values.push_back(push(moved));
  }
  return values.back();
}

MapExpression MapBuilder::finish(Value result) const {
  KDLC_ASSERT(result < terms_.size(), "a value belongs to its builder");
  std::vector<bool> is_needed(result + 1, false);
  is_needed[result] = true;
  for (std::size_t index = result + 1; index-- > 0;) {
    if (!is_needed[index]) {
      continue;
    }
    for (int place = 0; place < operand_count(terms_[index].op); ++place) {
      is_needed[terms_[index].arguments[static_cast<std::size_t>(place)]] = true;
    }
  }
  MapExpression expression;
  std::vector<Value> new_index(result + 1, 0);
  for (std::size_t index = 0; index <= result; ++index) {
    if (!is_needed[index]) {
      continue;
    }
    MapTerm term = terms_[index];
    for (int place = 0; place < operand_count(term.op); ++place) {
      auto& argument = term.arguments[static_cast<std::size_t>(place)];
      argument = new_index[argument];
    }
    new_index[index] = static_cast<Value>(expression.terms.size());
    expression.terms.push_back(term);
  }
  return expression;
}

}  // namespace kdlc::graph
