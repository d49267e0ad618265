// Arithmetic of 64-bit integers that says when a result does not fit.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

namespace kdlc {

using Checked = std::optional<std::int64_t>;

inline Checked checked_add(std::int64_t left, std::int64_t right) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(left, right, &sum) ? Checked() : sum;
}
inline Checked checked_multiply(std::int64_t left, std::int64_t right) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(left, right, &product) ? Checked() : product;
}
/// Towards minus infinity; nullopt for a zero divisor and for the one quotient that does not fit.
inline Checked checked_floor_divide(std::int64_t left, std::int64_t right) {
  if (right == 0 || (right == -1 && left == std::numeric_limits<std::int64_t>::min())) {
    return std::nullopt;
  }
  const std::int64_t quotient = left / right;
  return left % right != 0 && (left < 0) != (right < 0) ? quotient - 1 : quotient;
}
/// With the sign of the divisor.
inline Checked checked_remainder(std::int64_t left, std::int64_t right) {
  if (right == 0) {
    return std::nullopt;
  }
  if (right == -1) {
    return 0;
  }
  const std::int64_t rest = left % right;
  return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest;
}

}  // namespace kdlc
