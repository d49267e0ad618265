// Whether what a test expects holds: element by element, NaN equal to nothing.
#include "driver/judge_expectation.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "driver/data_range.hpp"
#include "support/assert.hpp"
#include "types/shape.hpp"

namespace kdlc::driver {

namespace {

constexpr std::int64_t kMostWhole = 24;  // values of a tensor that is shown whole
constexpr std::int64_t kShownFirst = 8;  // of a longer one

std::string number_text(const TensorData& data, std::int64_t index) {
  const double value = data.at(index);
  if (data.dtype == DType::boolean) {
    return value != 0 ? "true" : "false";
  }
  return is_float(data.dtype) ? fmt::format("{:.7g}", value) : fmt::format("{:.0f}", value);
}

/// `[[1, 2], [3, 4]]`, from `axis` on.
std::string nested_text(const TensorData& data, std::size_t axis, std::int64_t& next) {
  if (axis == data.shape.size()) {
    return number_text(data, next++);
  }
  std::string text = "[";
  for (std::int64_t index = 0; index < data.shape[axis]; ++index) {
    text += (index == 0 ? "" : ", ") + nested_text(data, axis + 1, next);
  }
  return text + "]";
}

std::string tensor_text(const TensorData& data) {
  const std::int64_t count = data.element_count();
  if (count <= kMostWhole) {
    std::int64_t next = 0;
    return nested_text(data, 0, next);
  }
  std::string text = fmt::format("{}[{}], beginning", name_of(data.dtype), fmt::join(data.shape, ", "));
  for (std::int64_t index = 0; index < kShownFirst; ++index) {
    text += (index == 0 ? " " : ", ") + number_text(data, index);
  }
  return text + ", …";
}

std::vector<std::int64_t> common_shape(const TensorData& left, const TensorData& right) {
  const auto shape_of = [](const TensorData& data) {
    Shape shape;
    shape.axes.assign(data.shape.begin(), data.shape.end());
    return shape;
  };
  const std::optional<Shape> shape = broadcast(shape_of(left), shape_of(right));
  KDLC_ASSERT(shape.has_value(), "the checker has compared the shapes of both sides");
  std::vector<std::int64_t> sizes;
  for (const Dim& axis : shape->axes) {
    sizes.push_back(axis.constant());
  }
  return sizes;
}

/// The element of `data`, repeated to `shape`, that stands at `element` there.
std::int64_t element_of(const TensorData& data, const std::vector<std::int64_t>& shape, std::int64_t element) {
  std::int64_t own = 0;
  std::int64_t stride = 1;
  for (std::size_t back = 1; back <= shape.size(); ++back) {
    const std::int64_t size = shape[shape.size() - back];
    const std::int64_t place = element % size;
    element /= size;
    if (back <= data.shape.size()) {
      const std::int64_t own_size = data.shape[data.shape.size() - back];
      own += (own_size == 1 ? 0 : place) * stride;
      stride *= own_size;
    }
  }
  return own;
}

struct Difference {
  std::int64_t count = 0;  // elements in which the sides differ too much
  std::int64_t worst = 0;  // the one in which they differ most
  double worst_distance = -1;
};

Difference compare(const check::TestExpectation& expectation, const TensorData& left, const TensorData& right,
                   const std::vector<std::int64_t>& shape) {
  Difference difference;
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    count *= size;
  }
  for (std::int64_t element = 0; element < count; ++element) {
    const double a = left.at(element_of(left, shape, element));
    const double b = right.at(element_of(right, shape, element));
    const double distance = a == b ? 0 : std::abs(a - b);  // equal infinities have no difference
    const double allowed = expectation.absolute + expectation.relative * std::max(std::abs(a), std::abs(b));
    if (a == b || (distance <= allowed && std::isfinite(distance))) {
      continue;
    }
    ++difference.count;
    const double weight = std::isnan(distance) ? INFINITY : distance;
    if (weight > difference.worst_distance) {
      difference.worst_distance = weight;
      difference.worst = element;
    }
  }
  return difference;
}

std::string tolerance_text(const check::TestExpectation& expectation) {
  return expectation.relative == 0
             ? fmt::format("within {:g}", expectation.absolute)
             : fmt::format("{:g} and {:g} of the larger value", expectation.absolute, expectation.relative);
}

std::string side_text(const std::string& text, const TensorData& data) {
  return fmt::format("`{}` is {}", text, tensor_text(data));
}

/// Where one of many elements stands: "at [0, 2], "; nothing for single numbers.
std::string place_text(const std::vector<std::int64_t>& shape, std::int64_t element) {
  return shape.empty() ? "" : "at " + index_text(shape, element) + ", ";
}

Verdict judge_approximation(const check::TestExpectation& expectation, const TensorData& left,
                            const TensorData& right) {
  const std::vector<std::int64_t> shape = common_shape(left, right);
  const Difference difference = compare(expectation, left, right, shape);
  if (difference.count == 0) {
    return {true, {}};
  }
  Verdict verdict;
  verdict.notes = {side_text(expectation.left_text, left), side_text(expectation.right_text, right)};
  const std::string a = number_text(left, element_of(left, shape, difference.worst));
  const std::string b = number_text(right, element_of(right, shape, difference.worst));
  const std::string distance =
      std::isfinite(difference.worst_distance) ? fmt::format("{:.3g}", difference.worst_distance) : "not a number";
  verdict.notes.push_back(fmt::format("the worst difference is {}, {}between {} and {}", distance,
                                      place_text(shape, difference.worst), a, b));
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    count *= size;
  }
  if (count > 1) {
    verdict.notes.push_back(fmt::format("{} of {} elements differ by more", difference.count, count));
  }
  verdict.notes.push_back("the tolerance is " + tolerance_text(expectation));
  return verdict;
}

}  // namespace

Verdict judge_expectation(const check::TestExpectation& expectation, const ExpectedValues& values) {
  if (!values.condition) {
    return judge_approximation(expectation, *values.left, *values.right);
  }
  const TensorData& condition = *values.condition;
  std::int64_t first_false = -1;
  std::int64_t false_count = 0;
  const std::int64_t count = condition.element_count();
  for (std::int64_t element = 0; element < count; ++element) {
    if (condition.at(element) == 0) {
      first_false = first_false < 0 ? element : first_false;
      ++false_count;
    }
  }
  if (false_count == 0) {
    return {true, {}};
  }
  Verdict verdict;
  if (values.left && values.right) {
    verdict.notes = {side_text(expectation.left_text, *values.left), side_text(expectation.right_text, *values.right)};
  }
  if (count > 1) {
    std::string first = fmt::format("it is false for {} of {} elements, first at {}", false_count, count,
                                    index_text(condition.shape, first_false));
    if (values.left && values.right) {
      first +=
          fmt::format(": {} and {}", number_text(*values.left, element_of(*values.left, condition.shape, first_false)),
                      number_text(*values.right, element_of(*values.right, condition.shape, first_false)));
    }
    verdict.notes.push_back(std::move(first));
  }
  return verdict;
}

}  // namespace kdlc::driver
