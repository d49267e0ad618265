// Reads and writes tensors of any element type as columns of numbers.
#include "graph/tensor_reader.hpp"

#include <algorithm>
#include <cstring>

#include "support/assert.hpp"

namespace kdlc::graph {

namespace {

template <class Element, class Number>
void load(const TensorData& tensor, std::int64_t offset, std::int64_t stride, Number* numbers, std::size_t count) {
  const std::byte* from = tensor.bytes.data() + offset * static_cast<std::int64_t>(sizeof(Element));
  const std::int64_t stride_bytes = stride * static_cast<std::int64_t>(sizeof(Element));
  for (std::size_t index = 0; index < count; ++index) {
    Element element;
    std::memcpy(&element, from + static_cast<std::int64_t>(index) * stride_bytes, sizeof(Element));
    numbers[index] = static_cast<Number>(element);
  }
}

void load_floats(const TensorData& tensor, std::int64_t offset, std::int64_t stride, double* numbers,
                 std::size_t count) {
  switch (tensor.dtype) {
    case DType::f32:
      return load<float>(tensor, offset, stride, numbers, count);
    case DType::f64:
      return load<double>(tensor, offset, stride, numbers, count);
    case DType::f16:
    case DType::bf16:
      for (std::size_t index = 0; index < count; ++index) {
        numbers[index] = tensor.at(offset + static_cast<std::int64_t>(index) * stride);
      }
      return;
    case DType::i8:
    case DType::i16:
    case DType::i32:
    case DType::i64:
    case DType::u8:
    case DType::boolean:
      break;
  }
  KDLC_UNREACHABLE("floats are read as floats");
}

void load_integers(const TensorData& tensor, std::int64_t offset, std::int64_t stride, std::int64_t* numbers,
                   std::size_t count) {
  switch (tensor.dtype) {
    case DType::i8:
      return load<std::int8_t>(tensor, offset, stride, numbers, count);
    case DType::i16:
      return load<std::int16_t>(tensor, offset, stride, numbers, count);
    case DType::i32:
      return load<std::int32_t>(tensor, offset, stride, numbers, count);
    case DType::i64:
      return load<std::int64_t>(tensor, offset, stride, numbers, count);
    case DType::u8:
      return load<std::uint8_t>(tensor, offset, stride, numbers, count);
    case DType::boolean:
      load<std::uint8_t>(tensor, offset, stride, numbers, count);
      std::transform(numbers, numbers + count, numbers, [](std::int64_t value) { return value != 0 ? 1 : 0; });
      return;
    case DType::f16:
    case DType::bf16:
    case DType::f32:
    case DType::f64:
      break;
  }
  KDLC_UNREACHABLE("integers are read as integers");
}

template <class Element, class Number>
void store(TensorData& tensor, std::int64_t begin, const std::vector<Number>& numbers, std::size_t count) {
  std::byte* to = tensor.bytes.data() + begin * static_cast<std::int64_t>(sizeof(Element));
  for (std::size_t index = 0; index < count; ++index) {
    const auto element = static_cast<Element>(numbers[index]);
    std::memcpy(to + index * sizeof(Element), &element, sizeof(Element));
  }
}

}  // namespace

std::vector<std::int64_t> row_major_strides(std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;) {
    strides[axis - 1] = strides[axis] * shape[axis];
  }
  return strides;
}

std::vector<std::int64_t> broadcast_strides(std::span<const std::int64_t> operand,
                                            std::span<const std::int64_t> target) {
  KDLC_ASSERT(operand.size() <= target.size(), "an operand has no more axes than the result");
  std::vector<std::int64_t> strides = row_major_strides(operand);
  for (std::size_t axis = 0; axis < operand.size(); ++axis) {
    const std::int64_t size = target[target.size() - operand.size() + axis];
    KDLC_ASSERT(operand[axis] == size || operand[axis] == 1, "an operand's axes broadcast");
    strides[axis] = operand[axis] == size ? strides[axis] : 0;
  }
  strides.insert(strides.begin(), target.size() - operand.size(), 0);
  return strides;
}

TensorReader::TensorReader(const TensorData& tensor, std::span<const std::int64_t> shape,
                           std::span<const std::int64_t> strides)
    : tensor_(tensor) {
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 1) {
      continue;
    }
    if (!sizes_.empty() && strides_.back() == strides[axis] * shape[axis]) {
      sizes_.back() *= shape[axis];
      strides_.back() = strides[axis];
    } else {
      sizes_.push_back(shape[axis]);
      strides_.push_back(strides[axis]);
    }
  }
  if (sizes_.empty()) {
    sizes_.push_back(1);
    strides_.push_back(0);
  }
  index_.assign(sizes_.size(), 0);
}

void TensorReader::next_row() {
  index_.back() = 0;
  for (std::size_t axis = sizes_.size() - 1; axis-- > 0;) {
    offset_ += strides_[axis];
    if (++index_[axis] < sizes_[axis]) {
      return;
    }
    offset_ -= strides_[axis] * sizes_[axis];
    index_[axis] = 0;
  }
}

void TensorReader::read(Column& column, std::size_t count) {
  for (std::size_t done = 0; done < count;) {
    const auto left_in_row = static_cast<std::size_t>(sizes_.back() - index_.back());
    const std::size_t part = std::min(count - done, left_in_row);
    const std::int64_t first = offset_ + index_.back() * strides_.back();
    if (is_float(tensor_.dtype)) {
      load_floats(tensor_, first, strides_.back(), column.floats.data() + done, part);
    } else {
      load_integers(tensor_, first, strides_.back(), column.integers.data() + done, part);
    }
    index_.back() += static_cast<std::int64_t>(part);
    if (part == left_in_row) {
      next_row();
    }
    done += part;
  }
}

void write_column(TensorData& tensor, std::int64_t begin, const Column& column, std::size_t count) {
  switch (tensor.dtype) {
    case DType::f16:
    case DType::bf16:
      for (std::size_t index = 0; index < count; ++index) {
        tensor.set(begin + static_cast<std::int64_t>(index), column.floats[index]);
      }
      return;
    case DType::f32:
      return store<float>(tensor, begin, column.floats, count);
    case DType::f64:
      return store<double>(tensor, begin, column.floats, count);
    case DType::i8:
    case DType::u8:
    case DType::boolean:
      return store<std::uint8_t>(tensor, begin, column.integers, count);
    case DType::i16:
      return store<std::int16_t>(tensor, begin, column.integers, count);
    case DType::i32:
      return store<std::int32_t>(tensor, begin, column.integers, count);
    case DType::i64:
      return store<std::int64_t>(tensor, begin, column.integers, count);
  }
  KDLC_UNREACHABLE("every type can be stored");
}

std::vector<double> all_floats(const TensorData& tensor) {
  std::vector<double> numbers(static_cast<std::size_t>(tensor.element_count()));
  load_floats(tensor, 0, 1, numbers.data(), numbers.size());
  return numbers;
}

std::vector<std::int64_t> all_integers(const TensorData& tensor) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(tensor.element_count()));
  load_integers(tensor, 0, 1, numbers.data(), numbers.size());
  return numbers;
}

}  // namespace kdlc::graph
