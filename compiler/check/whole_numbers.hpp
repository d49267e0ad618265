// Private to check/: what whole element types can hold.
#pragma once

#include <cstdint>

#include "support/assert.hpp"
#include "types/dtype.hpp"

namespace kdlc::check {

/// The largest number of a whole element type.
inline std::int64_t largest_of(DType dtype) {
  KDLC_ASSERT(is_integer(dtype), "only whole types end at a number that ids meet");
  const std::size_t bits = 8 * size_bytes(dtype) - (dtype == DType::u8 ? 0 : 1);
  return static_cast<std::int64_t>((std::uint64_t{1} << bits) - 1);
}

/// The least number of a whole element type.
inline std::int64_t least_of(DType dtype) {
  return dtype == DType::u8 ? 0 : -largest_of(dtype) - 1;
}

/// Whether the numbers of ids of this type end before those that tables and classes reach: 8 and 16 bits.
inline bool is_narrow_integer(DType dtype) {
  return is_integer(dtype) && size_bytes(dtype) < 4;
}

}  // namespace kdlc::check
