// The type of a tensor: element type and shape.
#pragma once

#include <string>

#include "types/dtype.hpp"
#include "types/shape.hpp"

namespace kdlc {

struct TensorType {
  DType dtype = DType::f32;
  Shape shape;

  /// As declared: `f32[N, 28, 28, 1]`.
  [[nodiscard]] std::string to_text() const;
  /// Of one sample in memory, or of the whole tensor without a batch; asserts that the axes are numbers.
  [[nodiscard]] std::int64_t bytes_per_sample() const;
  bool operator==(const TensorType&) const = default;
};

}  // namespace kdlc
