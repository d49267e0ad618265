// Elements of tensors in memory, read and written as doubles.
#include "types/tensor_data.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "support/assert.hpp"

namespace kdlc {
namespace {

template <class T>
T load(const std::byte* place) {
  T value;
  std::memcpy(&value, place, sizeof value);
  return value;
}

template <class T>
void store(std::byte* place, T value) {
  std::memcpy(place, &value, sizeof value);
}

template <class T>
T saturate(double value) {
  static_assert(std::is_integral_v<T>);
  if (std::isnan(value)) {
    return 0;
  }
  // max() of i64 rounds up to 2^63 as a double, hence >=.
  if (value >= static_cast<double>(std::numeric_limits<T>::max())) {
    return std::numeric_limits<T>::max();
  }
  if (value <= static_cast<double>(std::numeric_limits<T>::min())) {
    return std::numeric_limits<T>::min();
  }
  return static_cast<T>(value);
}

/// `value` rounded to nearest, ties to even, with `digits` binary digits and no exponent below `minimum_exponent`.
double round_to_format(double value, int digits, int minimum_exponent) {
  if (value == 0 || !std::isfinite(value)) {
    return value;
  }
  const int exponent = std::max(std::ilogb(value), minimum_exponent);
  const int scale = digits - 1 - exponent;
  return std::ldexp(std::nearbyint(std::ldexp(value, scale)), -scale);
}

std::uint16_t to_half(double value) {
  constexpr int kMinimumExponent = -14;
  constexpr double kLargest = 65504;
  const std::uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value)) {
    return static_cast<std::uint16_t>(sign | 0x7e00);
  }
  const double magnitude = std::abs(round_to_format(value, 11, kMinimumExponent));
  if (magnitude > kLargest) {
    return static_cast<std::uint16_t>(sign | 0x7c00);
  }
  if (magnitude < std::ldexp(1.0, kMinimumExponent)) {
    return static_cast<std::uint16_t>(sign | static_cast<int>(std::ldexp(magnitude, 24)));
  }
  const int exponent = std::ilogb(magnitude);
  const int fraction = static_cast<int>(std::ldexp(magnitude, 10 - exponent)) - 1024;
  return static_cast<std::uint16_t>(sign | ((exponent + 15) << 10) | fraction);
}

double from_half(std::uint16_t bits) {
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  if (exponent == 31) {
    return fraction != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * std::numeric_limits<double>::infinity();
  }
  return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

std::uint16_t to_bfloat(double value) {
  if (std::isnan(value)) {
    return 0x7fc0;
  }
  // Exact as a float, or beyond its largest value, where the conversion gives infinity.
  const auto rounded = static_cast<float>(round_to_format(value, 8, -126));
  std::uint32_t bits = 0;
  std::memcpy(&bits, &rounded, sizeof bits);
  return static_cast<std::uint16_t>(bits >> 16);
}

double from_bfloat(std::uint16_t half) {
  const std::uint32_t bits = static_cast<std::uint32_t>(half) << 16;
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return static_cast<double>(value);
}

}  // namespace

double load_element(DType dtype, const std::byte* place) {
  switch (dtype) {
    case DType::f16:
      return from_half(load<std::uint16_t>(place));
    case DType::bf16:
      return from_bfloat(load<std::uint16_t>(place));
    case DType::f32:
      return static_cast<double>(load<float>(place));
    case DType::f64:
      return load<double>(place);
    case DType::i8:
      return load<std::int8_t>(place);
    case DType::i16:
      return load<std::int16_t>(place);
    case DType::i32:
      return load<std::int32_t>(place);
    case DType::i64:
      return static_cast<double>(load<std::int64_t>(place));
    case DType::u8:
      return load<std::uint8_t>(place);
    case DType::boolean:
      return load<std::uint8_t>(place) != 0 ? 1 : 0;
  }
  KDLC_UNREACHABLE("every element type can be read");
}

void store_element(DType dtype, std::byte* place, double value) {
  switch (dtype) {
    case DType::f16:
      return store(place, to_half(value));
    case DType::bf16:
      return store(place, to_bfloat(value));
    case DType::f32:
      return store(place, static_cast<float>(value));
    case DType::f64:
      return store(place, value);
    case DType::i8:
      return store(place, saturate<std::int8_t>(value));
    case DType::i16:
      return store(place, saturate<std::int16_t>(value));
    case DType::i32:
      return store(place, saturate<std::int32_t>(value));
    case DType::i64:
      return store(place, saturate<std::int64_t>(value));
    case DType::u8:
      return store(place, saturate<std::uint8_t>(value));
    case DType::boolean:
      return store(place, static_cast<std::uint8_t>(value != 0 ? 1 : 0));
  }
  KDLC_UNREACHABLE("every element type can be written");
}

std::int64_t TensorData::element_count() const {
  std::int64_t count = 1;
  for (const std::int64_t axis : shape) {
    count *= axis;
  }
  return count;
}

double TensorData::at(std::int64_t index) const {
  const auto offset = static_cast<std::size_t>(index) * size_bytes(dtype);
  KDLC_ASSERT(index >= 0 && offset + size_bytes(dtype) <= bytes.size(), "an element lies in its tensor");
  return load_element(dtype, bytes.data() + offset);
}

void TensorData::set(std::int64_t index, double value) {
  const auto offset = static_cast<std::size_t>(index) * size_bytes(dtype);
  KDLC_ASSERT(index >= 0 && offset + size_bytes(dtype) <= bytes.size(), "an element lies in its tensor");
  store_element(dtype, bytes.data() + offset, value);
}

TensorData TensorData::zeros(DType dtype, std::vector<std::int64_t> shape) {
  TensorData data{.dtype = dtype, .shape = std::move(shape), .bytes = {}};
  data.bytes.resize(static_cast<std::size_t>(data.element_count()) * size_bytes(dtype));
  return data;
}

TensorData TensorData::from_floats(std::vector<std::int64_t> shape, const std::vector<float>& values) {
  TensorData data = zeros(DType::f32, std::move(shape));
  KDLC_ASSERT(data.bytes.size() == values.size() * sizeof(float), "a tensor has as many numbers as its shape says");
  std::memcpy(data.bytes.data(), values.data(), data.bytes.size());
  return data;
}

}  // namespace kdlc
