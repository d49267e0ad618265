// Scales and shifts are recognised in whatever way they are written.
#include "passes/affine.hpp"

#include <functional>

#include "catch.hpp"

using namespace kdlc;
using namespace kdlc::graph;
using Value = MapBuilder::Value;

namespace {

/// "scale | shift" of a formula of x (operand 0) over the prepared operands b, c, d; empty when it is not affine.
std::string affine_of(const std::function<Value(MapBuilder& map, Value x, Value b, Value c)>& formula) {
  MapBuilder source;
  const Value x = source.operand(0, DType::f32);
  const Value b = source.operand(1, DType::f32);
  const MapExpression expression = source.finish(formula(source, x, b, source.operand(2, DType::f32)));
  MapBuilder map;
  const auto affine = passes::find_affine(expression, 0, map, [&](std::uint32_t operand) {
    return operand < 3 ? std::optional(map.operand(operand, DType::f32)) : std::nullopt;
  });
  if (!affine) {
    return "";
  }
  return (affine->scale ? map.finish(*affine->scale).to_text() : "1") + " | " +
         (affine->shift ? map.finish(*affine->shift).to_text() : "0");
}

}  // namespace

TEST_CASE("sums, products, differences and quotients") {
  CHECK(affine_of([](MapBuilder& map, Value x, Value b, Value c) { return map.add(map.multiply(x, b), c); }) ==
        "b | c");
  CHECK(affine_of([](MapBuilder& map, Value x, Value b, Value c) { return map.multiply(b, map.add(c, x)); }) ==
        "b | c * b");
  CHECK(affine_of([](MapBuilder& map, Value x, Value b, Value c) { return map.divide(map.subtract(x, b), c); }) ==
        "1 / c | -b / c");
  CHECK(affine_of([](MapBuilder& map, Value x, Value b, Value) { return map.subtract(b, x); }) == "-1 | b");
  CHECK(affine_of([](MapBuilder& map, Value x, Value b, Value) {
          return map.apply(MapOp::negate, map.add(x, map.apply(MapOp::sqrt, b)));
        }) == "-1 | -sqrt(b)");
  CHECK(affine_of([](MapBuilder&, Value x, Value, Value) { return x; }) == "1 | 0");
}

TEST_CASE("what is not affine is left alone") {
  CHECK(affine_of([](MapBuilder& map, Value x, Value, Value) { return map.multiply(x, x); }).empty());
  CHECK(affine_of([](MapBuilder& map, Value x, Value b, Value) { return map.divide(b, x); }).empty());
  CHECK(affine_of([](MapBuilder& map, Value x, Value, Value) { return map.apply(MapOp::tanh, x); }).empty());
  CHECK(affine_of([](MapBuilder& map, Value x, Value b, Value) { return map.maximum(x, b); }).empty());
  CHECK(affine_of([](MapBuilder& map, Value x, Value, Value) { return map.cast(x, DType::f64); }).empty());
  CHECK(affine_of([](MapBuilder& map, Value, Value b, Value c) { return map.add(b, c); }).empty());
}
