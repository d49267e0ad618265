// Evaluates reductions over axes and over sliding windows.
#include <algorithm>

#include "graph/evaluate_parts.hpp"
#include "graph/loop_nest.hpp"
#include "graph/reduction.hpp"
#include "graph/tensor_reader.hpp"
#include "graph/valid_range.hpp"

namespace kdlc::graph {

namespace {

template <class Number>
std::vector<Number> numbers_of(const TensorData& tensor) {
  if constexpr (std::is_floating_point_v<Number>) {
    return all_floats(tensor);
  } else {
    return all_integers(tensor);
  }
}

template <class Number>
TensorData rounded(DType dtype, const std::vector<std::int64_t>& shape, std::vector<Number> totals) {
  TensorData result = TensorData::zeros(dtype, shape);
  Column column(dtype, 0);
  const std::size_t count = totals.size();
  if constexpr (std::is_floating_point_v<Number>) {
    column.floats = std::move(totals);
  } else {
    column.integers = std::move(totals);
    std::transform(column.integers.begin(), column.integers.end(), column.integers.begin(),
                   [&](std::int64_t value) { return wrap_to_integer(value, dtype); });
  }
  write_column(result, 0, column, count);
  return result;
}

/// Takes the inputs of a nest (tensor 1) into its totals (tensor 0).
template <class Number>
void take(Reducer reducer, const LoopNest<2>& nest, const LoopNest<2>::Offsets& first, std::vector<Number>& totals,
          const std::vector<Number>& inputs) {
  nest.for_each_row(
      first, [&](const LoopNest<2>::Offsets& offsets, std::int64_t size, const LoopNest<2>::Offsets& strides) {
        Number* total = totals.data() + offsets[0];
        const Number* input = inputs.data() + offsets[1];
        for (std::int64_t index = 0; index < size; ++index) {
          total[index * strides[0]] = combine(reducer, total[index * strides[0]], input[index * strides[1]]);
        }
      });
}

template <class Number>
TensorData reduce_axes(const ReduceAttributes& reduce, const TensorData& operand,
                       const std::vector<std::int64_t>& shape) {
  const std::vector<std::int64_t> input_strides = row_major_strides(operand.shape);
  const std::vector<std::int64_t> output_strides = row_major_strides(shape);
  LoopNest<2> nest;
  std::int64_t count = 1;
  std::size_t output_axis = 0;
  for (std::size_t axis = 0; axis < operand.shape.size(); ++axis) {
    const bool is_reduced =
        std::find(reduce.axes.begin(), reduce.axes.end(), static_cast<std::uint32_t>(axis)) != reduce.axes.end();
    nest.add(operand.shape[axis], {is_reduced ? 0 : output_strides[output_axis], input_strides[axis]});
    count *= is_reduced ? operand.shape[axis] : 1;
    output_axis += is_reduced && !reduce.keep ? 0 : 1;
  }
  std::int64_t output_count = 1;
  for (const std::int64_t size : shape) {
    output_count *= size;
  }
  std::vector<Number> totals(static_cast<std::size_t>(output_count),
                             first_value<Number>(reduce.reducer, operand.dtype));
  take(reduce.reducer, nest, {0, 0}, totals, numbers_of<Number>(operand));
  if (reduce.reducer == Reducer::mean) {
    for (Number& total : totals) {
      total /= static_cast<Number>(count);
    }
  }
  return rounded(operand.dtype, shape, std::move(totals));
}

/// A pooling under way: for each cell of the window, all outputs for which it lies on a real input take that input.
template <class Number>
class WindowReduction {
public:
  WindowReduction(const WindowReduceAttributes& reduce, const TensorData& operand,
                  const std::vector<std::int64_t>& shape)
      : reduce_(reduce), operand_(operand), shape_(shape), inputs_(numbers_of<Number>(operand)) {}

  TensorData run() {
    std::int64_t count = 1;
    for (const std::int64_t size : shape_) {
      count *= size;
    }
    totals_.assign(static_cast<std::size_t>(count), first_value<Number>(reduce_.reducer, operand_.dtype));
    if (reduce_.reducer == Reducer::mean) {
      cells_.assign(totals_.size(), 0);
      ones_.assign(inputs_.size(), 1);
    }
    std::vector<std::int64_t> cell(reduce_.windows.size(), 0);
    do {
      take_cell(cell);
    } while (next(cell));
    for (std::size_t index = 0; index < cells_.size(); ++index) {
      totals_[index] /= cells_[index];
    }
    return rounded(operand_.dtype, shape_, std::move(totals_));
  }

private:
  [[nodiscard]] bool next(std::vector<std::int64_t>& cell) const {
    for (std::size_t axis = cell.size(); axis-- > 0;) {
      if (++cell[axis] < reduce_.windows[axis].size) {
        return true;
      }
      cell[axis] = 0;
    }
    return false;
  }

  void take_cell(const std::vector<std::int64_t>& cell) {
    const std::vector<std::int64_t> input_strides = row_major_strides(operand_.shape);
    const std::vector<std::int64_t> output_strides = row_major_strides(shape_);
    LoopNest<2> nest;
    LoopNest<2>::Offsets first{};
    for (std::size_t axis = 0; axis < shape_.size(); ++axis) {
      const std::size_t place = axis - reduce_.first_axis;
      if (axis < reduce_.first_axis || place >= cell.size()) {
        nest.add(shape_[axis], {output_strides[axis], input_strides[axis]});
        continue;
      }
      const WindowAxis& window = reduce_.windows[place];
      const ValidRange range = find_valid_range({.output_size = shape_[axis],
                                                 .input_size = operand_.shape[axis],
                                                 .stride = window.stride,
                                                 .shift = cell[place] * window.dilation - window.pad_low});
      first[0] += range.first_output * output_strides[axis];
      first[1] += range.first_input * input_strides[axis];
      nest.add(range.count, {range.output_step * output_strides[axis], range.input_step * input_strides[axis]});
    }
    take(reduce_.reducer, nest, first, totals_, inputs_);
    if (!cells_.empty()) {
      take(Reducer::sum, nest, first, cells_, ones_);
    }
  }

  const WindowReduceAttributes& reduce_;
  const TensorData& operand_;
  const std::vector<std::int64_t>& shape_;
  std::vector<Number> inputs_;
  std::vector<Number> totals_;
  std::vector<Number> cells_;  // of a mean: how many real cells each output has seen
  std::vector<Number> ones_;
};

}  // namespace

TensorData evaluate_reduce(const ReduceAttributes& reduce, const TensorData& operand,
                           const std::vector<std::int64_t>& shape) {
  return is_float(operand.dtype) ? reduce_axes<double>(reduce, operand, shape)
                                 : reduce_axes<std::int64_t>(reduce, operand, shape);
}

TensorData evaluate_window_reduce(const WindowReduceAttributes& reduce, const TensorData& operand,
                                  const std::vector<std::int64_t>& shape) {
  return is_float(operand.dtype) ? WindowReduction<double>(reduce, operand, shape).run()
                                 : WindowReduction<std::int64_t>(reduce, operand, shape).run();
}

}  // namespace kdlc::graph
