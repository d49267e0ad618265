// Random layouts, values and epilogues.
#include "unit/codegen/random_tensors.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include <fmt/format.h>

namespace kdlc::testing {
namespace {

std::int64_t extent(const Sizes& sizes, const std::vector<std::int64_t>& strides) {
  std::int64_t last = 0;
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    if (sizes[axis] == 0) {
      return 0;
    }
    last += (sizes[axis] - 1) * strides[axis];
  }
  return last + 1;
}

template <class T>
double read_as(const std::byte* data, std::int64_t place) {
  T value;
  std::memcpy(&value, data + static_cast<std::size_t>(place) * sizeof(T), sizeof(T));
  return static_cast<double>(value);
}

template <class T>
void write_as(std::byte* data, std::int64_t place, double number) {
  const T value = static_cast<T>(number);
  std::memcpy(data + static_cast<std::size_t>(place) * sizeof(T), &value, sizeof(T));
}

}  // namespace

std::vector<std::int64_t> random_strides(Random& random, const Sizes& sizes, const LayoutOptions& options) {
  std::vector<std::size_t> order(sizes.size());  // from the innermost axis in memory outwards
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::reverse(order.begin(), order.end());
  for (std::size_t index = order.size(); index > 2; --index) {
    if (random.one_in(3)) {
      std::swap(order[index - 1],
                order[static_cast<std::size_t>(random.integer(1, static_cast<std::int64_t>(index) - 1))]);
    }
  }
  std::vector<std::int64_t> strides(sizes.size(), 0);
  std::int64_t stride = options.last_is_contiguous ? 1 : random.integer(1, 3);
  for (const std::size_t axis : order) {
    if (options.may_repeat && random.one_in(3)) {
      continue;
    }
    strides[axis] = stride;
    stride *= std::max<std::int64_t>(1, sizes[axis]);
    stride += random.one_in(3) ? random.integer(1, 5) : 0;
  }
  return strides;
}

TestTensor::TestTensor(DType dtype, Sizes sizes, std::vector<std::int64_t> strides)
    : dtype_(dtype),
      strides_(std::move(strides)),
      element_count_(extent(sizes, strides_)),
      memory_(static_cast<std::size_t>(element_count_) * size_bytes(dtype), size_bytes(dtype), Guard::behind) {}

void TestTensor::fill(Random& random) {
  for (std::int64_t place = 0; place < element_count_; ++place) {
    const auto eighths = random.integer(-16, 16);
    set_element(place, is_float(dtype_) ? static_cast<double>(eighths) / 8
                                        : static_cast<double>(dtype_ == DType::u8 ? eighths + 16 : eighths));
  }
}

plan::Access TestTensor::access(plan::Memory memory, std::uint32_t index) const {
  return {.memory = memory, .index = index, .dtype = dtype_, .strides = {strides_.begin(), strides_.end()}};
}

std::int64_t TestTensor::offset(const Sizes& position) const {
  std::int64_t place = 0;
  for (std::size_t axis = 0; axis < position.size(); ++axis) {
    place += position[axis] * strides_[axis];
  }
  return place;
}

double TestTensor::element(std::int64_t place) const {
  switch (dtype_) {
    case DType::f32:
      return read_as<float>(memory_.data(), place);
    case DType::f64:
      return read_as<double>(memory_.data(), place);
    case DType::i16:
      return read_as<std::int16_t>(memory_.data(), place);
    case DType::i32:
      return read_as<std::int32_t>(memory_.data(), place);
    case DType::i64:
      return read_as<std::int64_t>(memory_.data(), place);
    case DType::i8:
      return read_as<std::int8_t>(memory_.data(), place);
    default:
      return read_as<std::uint8_t>(memory_.data(), place);
  }
}

void TestTensor::set_element(std::int64_t place, double value) {
  switch (dtype_) {
    case DType::f32:
      return write_as<float>(memory_.data(), place, value);
    case DType::f64:
      return write_as<double>(memory_.data(), place, value);
    case DType::i16:
      return write_as<std::int16_t>(memory_.data(), place, value);
    case DType::i32:
      return write_as<std::int32_t>(memory_.data(), place, value);
    case DType::i64:
      return write_as<std::int64_t>(memory_.data(), place, value);
    case DType::i8:
      return write_as<std::int8_t>(memory_.data(), place, value);
    default:
      return write_as<std::uint8_t>(memory_.data(), place, value);
  }
}

TestEpilogue random_epilogue(Random& random, DType dtype) {
  graph::MapBuilder builder;
  const auto sum = builder.operand(0, dtype);
  switch (random.integer(0, 3)) {
    case 0:
      return {};
    case 1:  // bias, relu
      return {.expression = builder.finish(
                  builder.maximum(builder.add(sum, builder.operand(1, dtype)), builder.constant(0, dtype))),
              .operand_count = 1};
    case 2:  // scale, residual
      return {.expression = builder.finish(
                  builder.add(builder.multiply(sum, builder.operand(1, dtype)), builder.operand(2, dtype))),
              .operand_count = 2};
    default:
      if (!is_float(dtype)) {
        return {.expression = builder.finish(builder.apply(graph::MapOp::negate, sum)), .operand_count = 0};
      }
      return {
          .expression = builder.finish(builder.apply(graph::MapOp::tanh, builder.add(sum, builder.operand(1, dtype)))),
          .operand_count = 1};
  }
}

std::string find_mistake(const TestTensor& output, const std::vector<double>& before,
                         const std::map<std::int64_t, double>& expected, double tolerance) {
  for (std::int64_t place = 0; place < output.element_count(); ++place) {
    const auto found = expected.find(place);
    const double actual = output.element(place);
    if (found == expected.end()) {
      if (actual != before[static_cast<std::size_t>(place)]) {
        return fmt::format("place {} belongs to no result but was overwritten with {}", place, actual);
      }
    } else if (!(std::abs(actual - found->second) <= tolerance * (1 + std::abs(found->second)))) {
      return fmt::format("place {}: {} instead of {}", place, actual, found->second);
    }
  }
  return output.canaries_alive() ? "" : "something in front of the output was written";
}

}  // namespace kdlc::testing
