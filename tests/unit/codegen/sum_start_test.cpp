// Which epilogues let sums start from one of their operands.
#include "codegen/kernels/sum_start.hpp"

#include "catch.hpp"

namespace kdlc::codegen {
namespace {

using graph::MapBuilder;

TEST_CASE("a sum starts from what an epilogue adds to it first") {
  MapBuilder builder;
  const auto biased = builder.add(builder.operand(0, DType::f32), builder.operand(1, DType::f32));
  const auto start = find_sum_start(builder.finish(builder.maximum(biased, builder.constant(0, DType::f32))));
  REQUIRE(start.has_value());
  CHECK(start->operand == 1);
  CHECK(start->rest.to_text() == "maximum(a, 0)");
}

TEST_CASE("a sum starts from the operand in front of it as well") {
  MapBuilder builder;
  const auto residual = builder.add(builder.operand(2, DType::f32), builder.operand(0, DType::f32));
  const auto start = find_sum_start(builder.finish(builder.multiply(residual, builder.operand(1, DType::f32))));
  REQUIRE(start.has_value());
  CHECK(start->operand == 2);
  CHECK(start->rest.to_text() == "a * b");
}

TEST_CASE("a sum starts from 0 where something else is done with it or with the operand") {
  const auto sum_again = [](MapBuilder& builder, auto sum, auto bias) {
    return builder.multiply(builder.add(sum, bias), sum);
  };
  const auto bias_again = [](MapBuilder& builder, auto sum, auto bias) {
    return builder.multiply(builder.add(sum, bias), bias);
  };
  const auto scaled = [](MapBuilder& builder, auto sum, auto bias) {
    return builder.add(builder.multiply(sum, builder.constant(2, DType::f32)), bias);
  };
  const auto twice = [](MapBuilder& builder, auto sum, auto) { return builder.add(sum, sum); };
  const auto shifted = [](MapBuilder& builder, auto sum, auto) {
    return builder.add(sum, builder.constant(1, DType::f32));
  };
  const auto none = [](auto make) {
    MapBuilder builder;
    const auto sum = builder.operand(0, DType::f32);
    const auto bias = builder.operand(1, DType::f32);
    return !find_sum_start(builder.finish(make(builder, sum, bias)));
  };
  CHECK(none(sum_again));
  CHECK(none(bias_again));
  CHECK(none(scaled));
  CHECK(none(twice));
  CHECK(none(shifted));
  CHECK_FALSE(find_sum_start({}));
}

TEST_CASE("sums of integers start from 0") {
  MapBuilder builder;
  CHECK_FALSE(
      find_sum_start(builder.finish(builder.add(builder.operand(0, DType::i32), builder.operand(1, DType::i32)))));
}

}  // namespace
}  // namespace kdlc::codegen
