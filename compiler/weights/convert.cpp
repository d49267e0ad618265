// Turns a tensor of a file into the tensor that a weight needs: layout, element type, and what its numbers may be.
#include "weights/convert.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "support/assert.hpp"

namespace kdlc::weights {
namespace {

std::vector<std::int64_t> strides_of(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;) {
    strides[axis - 1] = strides[axis] * shape[axis];
  }
  return strides;
}

/// Calls visit(index, value) for every element, with a fast path for the types of nearly all weights.
template <class Visit>
void for_each_value(const TensorData& data, Visit visit) {
  const std::int64_t count = data.element_count();
  if (data.dtype == DType::f32) {
    for (std::int64_t index = 0; index < count; ++index) {
      float value = 0;
      std::memcpy(&value, data.bytes.data() + static_cast<std::size_t>(index) * sizeof value, sizeof value);
      visit(index, static_cast<double>(value));
    }
    return;
  }
  for (std::int64_t index = 0; index < count; ++index) {
    visit(index, data.at(index));
  }
}

template <class Predicate>
Oddity find_oddity(const TensorData& data, Predicate is_odd) {
  Oddity oddity;
  for_each_value(data, [&](std::int64_t index, double value) {
    if (is_odd(value)) {
      if (oddity.count == 0) {
        oddity.first_index = index;
        oddity.first_value = value;
      }
      ++oddity.count;
    }
  });
  return oddity;
}

}  // namespace

DTypeFit fit_of(std::optional<DType> file, DType weight) {
  if (file == weight) {
    return DTypeFit::same;
  }
  if (!file || !is_float(*file) || !is_float(weight)) {
    return DTypeFit::different;
  }
  if (size_bytes(*file) < size_bytes(weight)) {
    return DTypeFit::widened;
  }
  // f16 and bf16 hold different numbers: one into the other loses some.
  return DTypeFit::narrowed;
}

std::vector<std::int64_t> shape_of_part(const std::vector<std::int64_t>& kdl, const Layout& layout) {
  return layout.second == Layout::Second::stacked ? std::vector(kdl.begin() + 1, kdl.end()) : kdl;
}

std::vector<std::int64_t> shape_in_file(const std::vector<std::int64_t>& kdl, const Layout& layout) {
  const std::vector<std::int64_t> own = layout.merged.empty() ? shape_of_part(kdl, layout) : layout.merged;
  std::vector<std::int64_t> result = own;
  if (layout.split != 0) {
    // kdl [k…, in, m] → [in, m, 1, k…] → [in × m, 1, k…]
    result = {own[own.size() - 2] * own.back(), 1};
    result.insert(result.end(), own.begin(), own.end() - 2);
  } else if (!layout.permutation.empty()) {
    for (std::size_t axis = 0; axis < own.size(); ++axis) {
      result[layout.permutation[axis]] = own[axis];
    }
  }
  if (layout.block_count != 0) {
    result.front() = result.front() / static_cast<std::int64_t>(layout.blocks.size()) *
                     static_cast<std::int64_t>(layout.block_count);
  }
  return result;
}

std::optional<TensorData> read_tensor(const TensorFile& file, const FileTensor& tensor) {
  TensorData data;
  data.dtype = tensor.dtype.value_or(DType::u8);
  data.shape = tensor.shape;
  data.bytes.resize(tensor.size_bytes);
  if (!file.file.read(tensor.offset_bytes, data.bytes)) {
    return std::nullopt;
  }
  return data;
}

namespace {

/// The chosen blocks of the first axis, one behind the other.
TensorData choose_blocks(const TensorData& data, const Layout& layout) {
  TensorData result;
  result.dtype = data.dtype;
  result.shape = data.shape;
  const auto block_count = static_cast<std::int64_t>(layout.block_count);
  result.shape.front() = data.shape.front() / block_count * static_cast<std::int64_t>(layout.blocks.size());
  const std::size_t block_bytes = data.bytes.size() / layout.block_count;
  for (const std::size_t block : layout.blocks) {
    const auto begin = data.bytes.begin() + static_cast<std::ptrdiff_t>(block * block_bytes);
    result.bytes.insert(result.bytes.end(), begin, begin + static_cast<std::ptrdiff_t>(block_bytes));
  }
  return result;
}

TensorData permute(const TensorData& data, const Layout& layout, const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> from_shape = data.shape;
  if (layout.split != 0) {
    const auto multiplier = static_cast<std::int64_t>(layout.split);
    from_shape.front() /= multiplier;
    from_shape.insert(from_shape.begin() + 1, multiplier);
  }
  KDLC_ASSERT(layout.permutation.size() == shape.size(), "a layout has one file axis for each axis of the weight");
  const std::vector<std::int64_t> from_strides = strides_of(from_shape);
  TensorData result = TensorData::zeros(data.dtype, shape);
  const std::size_t element_bytes = size_bytes(data.dtype);
  std::vector<std::int64_t> position(shape.size(), 0);
  const std::int64_t count = result.element_count();
  for (std::int64_t index = 0; index < count; ++index) {
    std::int64_t from = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      from += position[axis] * from_strides[layout.permutation[axis]];
    }
    std::memcpy(result.bytes.data() + static_cast<std::size_t>(index) * element_bytes,
                data.bytes.data() + static_cast<std::size_t>(from) * element_bytes, element_bytes);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++position[axis] < shape[axis]) {
        break;
      }
      position[axis] = 0;
    }
  }
  return result;
}

}  // namespace

TensorData to_kdl_layout(const TensorData& data, const Layout& layout, const std::vector<std::int64_t>& shape) {
  TensorData result = layout.block_count == 0 ? data : choose_blocks(data, layout);
  if (!layout.permutation.empty()) {
    result = permute(result, layout, layout.merged.empty() ? shape : layout.merged);
  }
  result.shape = shape;
  return result;
}

TensorData join_second(TensorData first, const TensorData& second, Layout::Second how,
                       const std::vector<std::int64_t>& shape) {
  if (how == Layout::Second::added) {
    for (std::int64_t index = 0; index < first.element_count(); ++index) {
      first.set(index, first.at(index) + second.at(index));
    }
  } else {
    first.bytes.insert(first.bytes.end(), second.bytes.begin(), second.bytes.end());
    first.shape = shape;
  }
  return first;
}

Converted convert_dtype(TensorData data, DType dtype) {
  if (data.dtype == dtype) {
    return {std::move(data), 0};
  }
  Converted result{TensorData::zeros(dtype, data.shape), 0};
  for_each_value(data, [&](std::int64_t index, double value) {
    result.data.set(index, value);
    // What is not finite, or becomes so, is reported as such.
    if (std::isfinite(value) && std::isfinite(result.data.at(index))) {
      result.largest_change = std::max(result.largest_change, std::abs(result.data.at(index) - value));
    }
  });
  return result;
}

Oddity find_not_finite(const TensorData& data) {
  if (!is_float(data.dtype)) {
    return {};
  }
  return find_oddity(data, [](double value) { return !std::isfinite(value); });
}

Oddity find_negative(const TensorData& data) {
  return find_oddity(data, [](double value) { return value < 0; });
}

std::string index_text(std::int64_t index, const std::vector<std::int64_t>& shape) {
  const std::vector<std::int64_t> strides = strides_of(shape);
  std::string text = "[";
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    text += fmt::format("{}{}", axis == 0 ? "" : ", ", index / strides[axis] % shape[axis]);
  }
  return text + "]";
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  if (shape.empty()) {
    return "one number";
  }
  std::string text;
  for (const std::int64_t size : shape) {
    text += fmt::format("{}{}", text.empty() ? "" : "×", size);
  }
  return text;
}

}  // namespace kdlc::weights
