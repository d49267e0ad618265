// A tensor's numbers in memory, row-major, without a batch axis.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "types/dtype.hpp"

namespace kdlc {

/// An element as a double (exact for all but i64 beyond 2^53).
double load_element(DType dtype, const std::byte* place);
/// Stores `value` rounded to the element type (integers truncate towards zero and saturate; bool is value != 0).
void store_element(DType dtype, std::byte* place, double value);

struct TensorData {
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;  // product(shape) × size_bytes(dtype), native little-endian

  [[nodiscard]] std::int64_t element_count() const;
  /// Element `index` in row-major order: see load_element.
  [[nodiscard]] double at(std::int64_t index) const;
  /// See store_element.
  void set(std::int64_t index, double value);
  /// Zero-filled.
  static TensorData zeros(DType dtype, std::vector<std::int64_t> shape);
  static TensorData from_floats(std::vector<std::int64_t> shape, const std::vector<float>& values);

  bool operator==(const TensorData&) const = default;
};

}  // namespace kdlc
