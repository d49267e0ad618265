// Shapes: the sizes of a tensor's axes, the batch first where there is one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "types/dim.hpp"

namespace kdlc {

struct Shape {
  std::vector<Dim> axes;

  [[nodiscard]] std::size_t axis_count() const { return axes.size(); }
  /// True when the first axis is N.
  [[nodiscard]] bool has_batch() const { return !axes.empty() && axes.front().is_batch(); }
  /// True when every axis but a leading N is a number.
  [[nodiscard]] bool is_static_per_sample() const;
  /// The axes without a leading N.
  [[nodiscard]] Shape without_batch() const;
  /// The product of all axes (1 for no axes).
  [[nodiscard]] Dim element_count() const;
  /// The product of all axes but a leading N; asserts that they are numbers.
  [[nodiscard]] std::int64_t elements_per_sample() const;
  /// As declared: `[N, 28, 28, 1]`.
  [[nodiscard]] std::string to_text() const;
  /// As spoken in messages: `28×28×1`; `one number` for no axes; N is left out.
  [[nodiscard]] std::string to_short_text() const;

  bool operator==(const Shape&) const = default;
};

/// NumPy's rule on right-aligned axes; nullopt when an axis differs and neither is 1.
std::optional<Shape> broadcast(const Shape& left, const Shape& right);

}  // namespace kdlc
