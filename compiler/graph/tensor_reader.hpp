// Reads and writes tensors of any element type as columns of numbers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/expression_evaluator.hpp"
#include "types/tensor_data.hpp"

namespace kdlc::graph {

/// The stride of each axis in elements.
std::vector<std::int64_t> row_major_strides(std::span<const std::int64_t> shape);
/// Strides of a tensor of shape `operand` along the axes of `target`, right-aligned; 0 where it is repeated.
std::vector<std::int64_t> broadcast_strides(std::span<const std::int64_t> operand,
                                            std::span<const std::int64_t> target);

/// Reads a tensor along the axes of a shape, element after element in row-major order of that shape.
class TensorReader {
public:
  TensorReader(const TensorData& tensor, std::span<const std::int64_t> shape, std::span<const std::int64_t> strides);

  /// The next `count` elements into the first places of the column.
  void read(Column& column, std::size_t count);

private:
  void next_row();

  const TensorData& tensor_;
  std::vector<std::int64_t> sizes_;  // neighbours that lie one behind the other are one axis
  std::vector<std::int64_t> strides_;
  std::vector<std::int64_t> index_;
  std::int64_t offset_ = 0;  // of the row's first element
};

/// Stores the first `count` values as elements `begin`, `begin + 1`, …, rounded to the tensor's type.
void write_column(TensorData& tensor, std::int64_t begin, const Column& column, std::size_t count);

/// All elements of a tensor as doubles, or as 64-bit integers.
std::vector<double> all_floats(const TensorData& tensor);
std::vector<std::int64_t> all_integers(const TensorData& tensor);

}  // namespace kdlc::graph
