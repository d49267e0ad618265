// Shapes: counts, texts and NumPy's broadcasting.
#include "types/shape.hpp"

#include <algorithm>

#include "support/assert.hpp"

namespace kdlc {

bool Shape::is_static_per_sample() const {
  const auto is_number = [](const Dim& axis) { return axis.is_constant(); };
  return std::all_of(axes.begin() + (has_batch() ? 1 : 0), axes.end(), is_number);
}

Shape Shape::without_batch() const {
  return has_batch() ? Shape{.axes = {axes.begin() + 1, axes.end()}} : *this;
}

Dim Shape::element_count() const {
  Dim count = 1;
  for (const Dim& axis : axes) {
    count = count * axis;
  }
  return count;
}

std::int64_t Shape::elements_per_sample() const {
  return without_batch().element_count().constant();
}

std::string Shape::to_text() const {
  std::string text = "[";
  for (std::size_t index = 0; index < axes.size(); ++index) {
    text += (index == 0 ? "" : ", ") + axes[index].to_text();
  }
  return text + "]";
}

std::string Shape::to_short_text() const {
  const Shape sample = without_batch();
  if (sample.axes.empty()) {
    return "one number";
  }
  std::string text;
  for (const Dim& axis : sample.axes) {
    const bool is_plain = axis.is_constant() || axis.is_symbol();
    text += (text.empty() ? "" : "×") + (is_plain ? axis.to_text() : "(" + axis.to_text() + ")");
  }
  return text;
}

std::optional<Shape> broadcast(const Shape& left, const Shape& right) {
  const Shape& longer = left.axis_count() >= right.axis_count() ? left : right;
  const Shape& shorter = left.axis_count() >= right.axis_count() ? right : left;
  Shape result = longer;
  const std::size_t offset = longer.axis_count() - shorter.axis_count();
  for (std::size_t index = 0; index < shorter.axis_count(); ++index) {
    Dim& axis = result.axes[offset + index];
    const Dim& other = shorter.axes[index];
    if (axis == Dim(1)) {
      axis = other;
    } else if (other != Dim(1) && other != axis) {
      return std::nullopt;
    }
  }
  return result;
}

}  // namespace kdlc
