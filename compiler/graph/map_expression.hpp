// Elementwise expressions: what a map node, and every epilogue, computes for one element.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "types/dtype.hpp"

namespace kdlc::graph {

enum class MapOp : std::uint8_t {
#define MAP_OP(name, operand_count) name,
#include "graph/map_op.def"
#undef MAP_OP
};

std::string_view name_of(MapOp op);
int operand_count(MapOp op);

/// One operation; its arguments are indices of earlier terms.
struct MapTerm {
  MapOp op = MapOp::operand;
  DType dtype = DType::f32;  // of the result
  std::array<std::uint32_t, 3> arguments{};
  std::uint32_t operand = 0;  // MapOp::operand: which operand of the node
  double number = 0;          // MapOp::constant of a float type
  std::int64_t integer = 0;   // MapOp::constant of an integer type or bool

  /// Structural: constants by their bits.
  bool operator==(const MapTerm& other) const;
};

/// Terms in order of evaluation; the last is the result. Empty means "operand 0 unchanged".
struct MapExpression {
  std::vector<MapTerm> terms;

  [[nodiscard]] bool is_identity() const;
  [[nodiscard]] DType result_dtype() const;  // asserts that it is not empty
  /// As a formula: `max(a + b, 0)`, operands named a, b, c, ….
  [[nodiscard]] std::string to_text() const;
  bool operator==(const MapExpression&) const = default;
};

/// Builds an expression; equal terms are made once.
class MapBuilder {
public:
  using Value = std::uint32_t;

  Value operand(std::uint32_t index, DType dtype);
  Value constant(double number, DType dtype);
  Value cast(Value value, DType dtype);
  /// Comparisons give bool, everything else the type of its first (select: second) argument; argument types must agree.
  Value apply(MapOp op, Value first);
  Value apply(MapOp op, Value first, Value second);
  Value select(Value condition, Value if_true, Value if_false);
  /// `inner` with its k-th operand replaced by the value `operands[k]`.
  Value inline_expression(const MapExpression& inner, const std::vector<Value>& operands);
  [[nodiscard]] DType dtype(Value value) const;
  [[nodiscard]] MapExpression finish(Value result) const;

  Value add(Value a, Value b) { return apply(MapOp::add, a, b); }
  Value subtract(Value a, Value b) { return apply(MapOp::subtract, a, b); }
  Value multiply(Value a, Value b) { return apply(MapOp::multiply, a, b); }
  Value divide(Value a, Value b) { return apply(MapOp::divide, a, b); }
  Value minimum(Value a, Value b) { return apply(MapOp::minimum, a, b); }
  Value maximum(Value a, Value b) { return apply(MapOp::maximum, a, b); }

private:
  Value push(const MapTerm& term);
  std::vector<MapTerm> terms_;
};

/// The value of an expression for one element: floats in double, rounded to each term's type where it is narrower than
/// f64.
double evaluate_element(const MapExpression& expression, const std::vector<double>& operands);

}  // namespace kdlc::graph
