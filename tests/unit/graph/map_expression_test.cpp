// Elementwise expressions: sharing of equal terms, text, and what they keep apart.
#include "graph/map_expression.hpp"

#include "catch.hpp"

using namespace kdlc;
using namespace kdlc::graph;

TEST_CASE("equal terms are made once") {
  MapBuilder map;
  const auto x = map.operand(0, DType::f32);
  CHECK(map.add(x, map.constant(1, DType::f32)) == map.add(map.operand(0, DType::f32), map.constant(1, DType::f32)));
}

TEST_CASE("zero and minus zero are different constants, NaN is one") {
  MapBuilder map;
  CHECK(map.constant(0.0, DType::f32) != map.constant(-0.0, DType::f32));
  CHECK(map.constant(__builtin_nan(""), DType::f32) == map.constant(__builtin_nan(""), DType::f32));
}

TEST_CASE("constants are rounded to their type") {
  MapBuilder map;
  CHECK(map.constant(0.1, DType::f32) == map.constant(static_cast<double>(0.1F), DType::f32));
  CHECK(map.finish(map.constant(2.7, DType::i32)).terms[0].integer == 2);
}

TEST_CASE("finish keeps only what the result needs") {
  MapBuilder map;
  const auto x = map.operand(0, DType::f32);
  map.apply(MapOp::exp, x);
  const MapExpression expression = map.finish(map.apply(MapOp::tanh, x));
  CHECK(expression.terms.size() == 2);
  CHECK(expression.to_text() == "tanh(a)");
}

TEST_CASE("the identity is recognised") {
  MapBuilder map;
  CHECK(MapExpression{}.is_identity());
  CHECK(map.finish(map.operand(0, DType::f32)).is_identity());
  CHECK_FALSE(map.finish(map.operand(1, DType::f32)).is_identity());
}

TEST_CASE("an inlined expression reads the given values") {
  MapBuilder inner;
  const auto relu = inner.finish(inner.maximum(inner.operand(0, DType::f32), inner.constant(0, DType::f32)));
  MapBuilder outer;
  const auto sum = outer.add(outer.operand(0, DType::f32), outer.operand(1, DType::f32));
  CHECK(outer.finish(outer.inline_expression(relu, {sum})).to_text() == "maximum(a + b, 0)");
  CHECK(outer.inline_expression({}, {sum}) == sum);
}

TEST_CASE("formulas have the parentheses that they need and no others") {
  MapBuilder map;
  const auto a = map.operand(0, DType::f32);
  const auto b = map.operand(1, DType::f32);
  const auto c = map.operand(2, DType::f32);
  CHECK(map.finish(map.subtract(a, map.subtract(b, c))).to_text() == "a - (b - c)");
  CHECK(map.finish(map.add(map.multiply(a, b), c)).to_text() == "a * b + c");
  CHECK(map.finish(map.multiply(map.add(a, b), c)).to_text() == "(a + b) * c");
  CHECK(map.finish(map.apply(MapOp::negate, map.add(a, b))).to_text() == "-(a + b)");
  CHECK(map.finish(map.select(map.apply(MapOp::less, a, b), b, map.constant(0.5, DType::f32))).to_text() ==
        "a < b ? b : 0.5");
  CHECK(map.finish(map.cast(a, DType::i32)).to_text() == "i32(a)");
}

TEST_CASE("a term used twice gets a name") {
  MapBuilder map;
  const auto e = map.apply(MapOp::exp, map.operand(0, DType::f32));
  CHECK(map.finish(map.divide(e, map.add(e, map.constant(1, DType::f32)))).to_text() ==
        "t1 / (t1 + 1) where t1 = exp(a)");
}
