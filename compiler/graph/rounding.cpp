// Rounds numbers to element types as the hardware does.
#include "graph/rounding.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/assert.hpp"

namespace kdlc::graph {

namespace {

/// A float format with `precision` significant bits (the hidden one included) and smallest normal number
/// 2^minimum_exponent.
double round_to_format(double value, int precision, int minimum_exponent, double largest) {
  if (!std::isfinite(value) || value == 0) {
    return value;
  }
  const int exponent = std::max(std::ilogb(value), minimum_exponent);
  const double quantum = std::ldexp(1.0, exponent - (precision - 1));
  const double rounded = std::nearbyint(value / quantum) * quantum;
  return std::abs(rounded) > largest ? std::copysign(std::numeric_limits<double>::infinity(), value) : rounded;
}

template <class Integer>
std::int64_t saturate(double value) {
  if (std::isnan(value)) {
    return 0;
  }
  // The upper end is compared as a power of two, which every float type holds exactly.
  const double above = std::ldexp(1.0, std::numeric_limits<Integer>::digits);
  if (value >= above) {
    return static_cast<std::int64_t>(std::numeric_limits<Integer>::max());
  }
  const double low = static_cast<double>(std::numeric_limits<Integer>::min());
  return value <= low ? static_cast<std::int64_t>(std::numeric_limits<Integer>::min())
                      : static_cast<std::int64_t>(value);
}

}  // namespace

double round_to_float(double value, DType dtype) {
  switch (dtype) {
    case DType::f16:
      return round_to_format(value, 11, -14, 65504.0);
    case DType::bf16:
      return round_to_format(value, 8, -126, 3.3895313892515355e38);
    case DType::f32:
      return static_cast<double>(static_cast<float>(value));
    case DType::f64:
      return value;
    case DType::i8:
    case DType::i16:
    case DType::i32:
    case DType::i64:
    case DType::u8:
    case DType::boolean:
      break;
  }
  KDLC_UNREACHABLE("only float types round");
}

std::int64_t wrap_to_integer(std::int64_t value, DType dtype) {
  switch (dtype) {
    case DType::i8:
      return static_cast<std::int8_t>(value);
    case DType::i16:
      return static_cast<std::int16_t>(value);
    case DType::i32:
      return static_cast<std::int32_t>(value);
    case DType::i64:
      return value;
    case DType::u8:
      return static_cast<std::uint8_t>(value);
    case DType::boolean:
      return value != 0 ? 1 : 0;
    case DType::f16:
    case DType::bf16:
    case DType::f32:
    case DType::f64:
      break;
  }
  KDLC_UNREACHABLE("only integers and bool wrap");
}

std::int64_t truncate_to_integer(double value, DType dtype) {
  switch (dtype) {
    case DType::i8:
      return saturate<std::int8_t>(value);
    case DType::i16:
      return saturate<std::int16_t>(value);
    case DType::i32:
      return saturate<std::int32_t>(value);
    case DType::i64:
      return saturate<std::int64_t>(value);
    case DType::u8:
      return saturate<std::uint8_t>(value);
    case DType::boolean:
      return value != 0 ? 1 : 0;
    case DType::f16:
    case DType::bf16:
    case DType::f32:
    case DType::f64:
      break;
  }
  KDLC_UNREACHABLE("only integers and bool truncate");
}

}  // namespace kdlc::graph
