// Elements in memory: every type keeps what it can and rounds the rest.
#include "types/tensor_data.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"

using kdlc::DType;
using kdlc::TensorData;

namespace {

double stored(DType dtype, double value) {
  TensorData data = TensorData::zeros(dtype, {2});
  data.set(1, value);
  CHECK(data.at(0) == 0);
  return data.at(1);
}

}  // namespace

TEST_CASE("half precision rounds to nearest, ties to even") {
  CHECK(stored(DType::f16, 1.0 + 1.0 / 2048) == 1.0);
  CHECK(stored(DType::f16, 1.0 + 3.0 / 2048) == 1.0 + 4.0 / 2048);
  CHECK(stored(DType::f16, -2.5) == -2.5);
  CHECK(stored(DType::f16, 65519) == 65504);
  CHECK(std::isinf(stored(DType::f16, 65520)));
  CHECK(stored(DType::f16, std::ldexp(1.0, -24)) == std::ldexp(1.0, -24));
  CHECK(stored(DType::f16, std::ldexp(1.0, -26)) == 0);
  CHECK(std::isnan(stored(DType::f16, std::nan(""))));
  CHECK(std::isinf(stored(DType::f16, -std::numeric_limits<double>::infinity())));
}

TEST_CASE("every half-precision number keeps its value") {
  TensorData data = TensorData::zeros(DType::f16, {1});
  for (int bits = 0; bits < 0x7c00; ++bits) {
    data.bytes = {static_cast<std::byte>(bits & 255), static_cast<std::byte>(bits >> 8)};
    TensorData copy = TensorData::zeros(DType::f16, {1});
    copy.set(0, data.at(0));
    REQUIRE(copy == data);
  }
}

TEST_CASE("bfloat16 rounds to nearest, ties to even") {
  CHECK(stored(DType::bf16, 1.0 + 1.0 / 256) == 1.0);
  CHECK(stored(DType::bf16, 1.0 + 3.0 / 256) == 1.0 + 4.0 / 256);
  CHECK(std::isinf(stored(DType::bf16, 1e39)));
  CHECK(std::isnan(stored(DType::bf16, std::nan(""))));
}

TEST_CASE("integers truncate towards zero and saturate") {
  CHECK(stored(DType::i8, -3.9) == -3);
  CHECK(stored(DType::i8, 300) == 127);
  CHECK(stored(DType::u8, -1) == 0);
  CHECK(stored(DType::i32, 1e12) == 2147483647.0);
  CHECK(stored(DType::i64, -1e30) == static_cast<double>(std::numeric_limits<std::int64_t>::min()));
  CHECK(stored(DType::i16, std::nan("")) == 0);
  CHECK(stored(DType::boolean, 0.25) == 1);
}

TEST_CASE("floats are taken over bit by bit") {
  const TensorData data = TensorData::from_floats({2, 2}, {1.5F, -2.0F, 0.1F, 4.0F});
  CHECK(data.element_count() == 4);
  CHECK(data.at(2) == static_cast<double>(0.1F));
  CHECK(stored(DType::f64, 0.1) == 0.1);
  CHECK(TensorData::zeros(DType::f32, {}).element_count() == 1);
}
