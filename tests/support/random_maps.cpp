// Elementwise expressions and row programs that random graphs are made with.
#include "support/random_maps.hpp"

namespace kdlc::testing {

using namespace graph;

namespace {

using Value = MapBuilder::Value;

Value number(MapBuilder& map, double value) {
  return map.constant(value, DType::f32);
}

/// |x| + 0.5: away from poles.
Value away_from_zero(MapBuilder& map, Value x) {
  return map.add(map.apply(MapOp::absolute, x), number(map, 0.5));
}

}  // namespace

MapExpression random_unary(Random& random) {
  MapBuilder map;
  const Value x = map.operand(0, DType::f32);
  const auto finish = [&](Value value) { return map.finish(value); };
  switch (random.integer(0, 17)) {
    case 0:
      return finish(map.maximum(x, number(map, 0)));
    case 1:
      return finish(map.minimum(map.maximum(x, number(map, 0)), number(map, 6)));
    case 2:
      return finish(map.apply(MapOp::tanh, x));
    case 3:
      return finish(map.apply(MapOp::sigmoid, x));
    case 4:
      return finish(map.apply(MapOp::exp, map.minimum(x, number(map, 1))));
    case 5:
      return finish(map.apply(MapOp::expm1, map.minimum(x, number(map, 1))));
    case 6:
      return finish(map.apply(MapOp::log, away_from_zero(map, x)));
    case 7:
      return finish(map.apply(MapOp::log1p, map.apply(MapOp::absolute, x)));
    case 8:
      return finish(map.apply(MapOp::sqrt, away_from_zero(map, x)));
    case 9:
      return finish(map.apply(MapOp::rsqrt, away_from_zero(map, x)));
    case 10:
      return finish(map.apply(MapOp::erf, x));
    case 11:
      return finish(map.apply(MapOp::sin, x));
    case 12:
      return finish(map.apply(MapOp::cos, x));
    case 13:
      return finish(map.apply(MapOp::power, away_from_zero(map, x), number(map, -1.5)));
    case 14:
      return finish(map.apply(MapOp::negate, map.multiply(x, number(map, 0.75))));
    case 15:  // leaky relu: a comparison whose two sides meet
      return finish(map.select(map.apply(MapOp::greater, x, number(map, 0)), x, map.multiply(x, number(map, 0.1))));
    case 16:  // gelu
      return finish(
          map.multiply(map.multiply(x, number(map, 0.5)),
                       map.add(number(map, 1), map.apply(MapOp::erf, map.multiply(x, number(map, 0.70710678))))));
    default:  // swish, with a shared term
      return finish(map.multiply(x, map.apply(MapOp::sigmoid, x)));
  }
}

MapExpression random_binary(Random& random) {
  MapBuilder map;
  const Value x = map.operand(0, DType::f32);
  const Value y = map.operand(1, DType::f32);
  const auto finish = [&](Value value) { return map.finish(value); };
  switch (random.integer(0, 9)) {
    case 0:
    case 1:
    case 2:
      return finish(map.add(x, y));
    case 3:
      return finish(map.subtract(x, y));
    case 4:
      return finish(map.multiply(x, map.apply(MapOp::tanh, y)));
    case 5:
      return finish(map.divide(x, away_from_zero(map, y)));
    case 6:
      return finish(map.minimum(x, y));
    case 7:
      return finish(map.maximum(x, y));
    case 8:
      return finish(map.maximum(map.add(x, y), number(map, 0)));
    default:  // the smaller in magnitude of two that meet where the condition changes
      return finish(map.select(map.apply(MapOp::less_equal, x, y), x, y));
  }
}

MapExpression random_jump(Random& random) {
  MapBuilder map;
  const Value x = map.operand(0, DType::f32);
  const Value zero = number(map, 0);
  const Value one = number(map, 1);
  const auto as_number = [&](Value condition) { return map.finish(map.cast(condition, DType::f32)); };
  switch (random.integer(0, 9)) {
    case 0:
      return map.finish(map.apply(MapOp::floor, x));
    case 1:
      return map.finish(map.apply(MapOp::ceil, x));
    case 2:
      return map.finish(map.apply(MapOp::round, x));
    case 3:
      return map.finish(map.apply(MapOp::sign, x));
    case 4:
      return map.finish(map.apply(MapOp::remainder, x, number(map, 0.75)));
    case 5:
      return as_number(map.apply(MapOp::equal, x, one));
    case 6:
      return as_number(
          map.apply(MapOp::logical_and, map.apply(MapOp::less, x, one), map.apply(MapOp::greater_equal, x, zero)));
    case 7:
      return as_number(
          map.apply(MapOp::logical_or, map.apply(MapOp::not_equal, x, one), map.apply(MapOp::less_equal, x, zero)));
    case 8:
      return as_number(map.apply(MapOp::logical_not, map.apply(MapOp::greater, x, zero)));
    default:
      return map.finish(map.select(map.cast(map.apply(MapOp::ceil, x), DType::boolean), one, x));
  }
}

MapExpression random_integer_arithmetic(Random& random) {
  MapBuilder map;
  const Value x = map.cast(map.multiply(map.operand(0, DType::f32), number(map, 8)), DType::i32);
  const Value c =
      map.constant(static_cast<double>(random.one_in(2) ? random.integer(2, 7) : random.integer(-7, -2)), DType::i32);
  static const std::vector<MapOp> kOps = {MapOp::add,       MapOp::subtract, MapOp::multiply, MapOp::divide,
                                          MapOp::remainder, MapOp::minimum,  MapOp::maximum};
  Value result = map.apply(random.pick(kOps), x, c);
  result = random.one_in(2) ? map.apply(random.pick(kOps), result, map.apply(MapOp::sign, x)) : result;
  result = random.one_in(2) ? map.apply(MapOp::absolute, map.apply(MapOp::negate, result)) : result;
  return map.finish(map.multiply(map.cast(result, DType::f32), number(map, 0.125)));
}

MapExpression whole_numbers_below(std::int64_t size) {
  MapBuilder map;
  const Value eighths = map.multiply(map.operand(0, DType::f32), number(map, 8));
  const Value whole = map.cast(eighths, DType::i32);
  return map.finish(map.apply(MapOp::remainder, whole, map.constant(static_cast<double>(size), DType::i32)));
}

RowsAttributes softmax_rows() {
  RowsAttributes rows;
  const auto step = [&](std::optional<Reducer> reducer, auto&& make) {
    MapBuilder map;
    rows.steps.push_back({reducer, map.finish(make(map))});
  };
  const auto operand = [](MapBuilder& map, std::uint32_t index) { return map.operand(index, DType::f32); };
  step(Reducer::maximum, [&](MapBuilder& map) { return operand(map, 0); });
  step(std::nullopt,
       [&](MapBuilder& map) { return map.apply(MapOp::exp, map.subtract(operand(map, 0), operand(map, 1))); });
  step(Reducer::sum, [&](MapBuilder& map) { return operand(map, 2); });
  step(std::nullopt, [&](MapBuilder& map) { return map.divide(operand(map, 2), operand(map, 3)); });
  return rows;
}

RowsAttributes normalise_rows(bool with_scale_and_shift) {
  RowsAttributes rows;
  const std::uint32_t first = with_scale_and_shift ? 3 : 1;  // the first step's result
  const auto step = [&](std::optional<Reducer> reducer, auto&& make) {
    MapBuilder map;
    rows.steps.push_back({reducer, map.finish(make(map))});
  };
  const auto operand = [](MapBuilder& map, std::uint32_t index) { return map.operand(index, DType::f32); };
  step(Reducer::mean, [&](MapBuilder& map) { return operand(map, 0); });
  step(std::nullopt, [&](MapBuilder& map) { return map.subtract(operand(map, 0), operand(map, first)); });
  step(Reducer::mean, [&](MapBuilder& map) { return map.multiply(operand(map, first + 1), operand(map, first + 1)); });
  step(std::nullopt, [&](MapBuilder& map) {
    const Value scaled = map.multiply(operand(map, first + 1),
                                      map.apply(MapOp::rsqrt, map.add(operand(map, first + 2), number(map, 1e-3))));
    return with_scale_and_shift ? map.add(map.multiply(scaled, operand(map, 1)), operand(map, 2)) : scaled;
  });
  return rows;
}

}  // namespace kdlc::testing
