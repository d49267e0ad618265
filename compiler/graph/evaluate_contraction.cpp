// Evaluates contractions: one loop nest of multiplications for each cell of the windows, sums in double.
//
// For each cell (p, q, …) of the windows, the outputs that see a real input there form a rectangle; over it and over
// the summed labels, totals[output] += left[…] × right[…], the last output axis innermost.
#include <algorithm>

#include "graph/evaluate_parts.hpp"
#include "graph/loop_nest.hpp"
#include "graph/rounding.hpp"
#include "graph/tensor_reader.hpp"
#include "graph/valid_range.hpp"

namespace kdlc::graph {

namespace {

/// Multiplies and adds, wrapping around for integers.
template <class Number>
void multiply_add(Number& total, Number left, Number right) {
  if constexpr (std::is_floating_point_v<Number>) {
    total += left * right;
  } else {
    total = static_cast<Number>(static_cast<std::uint64_t>(total) +
                                static_cast<std::uint64_t>(left) * static_cast<std::uint64_t>(right));
  }
}

/// One innermost row: total, left and right with a stride each.
template <class Number>
void multiply_add_row(Number* total, const Number* left, const Number* right, std::int64_t size,
                      const LoopNest<3>::Offsets& strides) {
  if (strides[0] == 0) {
    Number sum = *total;
    for (std::int64_t index = 0; index < size; ++index) {
      multiply_add(sum, left[index * strides[1]], right[index * strides[2]]);
    }
    *total = sum;
  } else if (strides == LoopNest<3>::Offsets{1, 0, 1}) {
    const Number factor = *left;
    for (std::int64_t index = 0; index < size; ++index) {
      multiply_add(total[index], factor, right[index]);
    }
  } else {
    for (std::int64_t index = 0; index < size; ++index) {
      multiply_add(total[index * strides[0]], left[index * strides[1]], right[index * strides[2]]);
    }
  }
}

/// An operand's strides and sizes by label.
struct Labelled {
  const std::string& labels;
  const std::vector<std::int64_t>& shape;
  std::vector<std::int64_t> strides;

  Labelled(const std::string& names, const std::vector<std::int64_t>& sizes)
      : labels(names), shape(sizes), strides(row_major_strides(sizes)) {}

  [[nodiscard]] bool has(AxisLabel label) const { return labels.find(label) != std::string::npos; }
  [[nodiscard]] std::int64_t size(AxisLabel label) const { return shape[labels.find(label)]; }
  [[nodiscard]] std::int64_t stride(AxisLabel label) const { return has(label) ? strides[labels.find(label)] : 0; }
};

class Contraction {
public:
  Contraction(const ContractionAttributes& attributes, const std::vector<std::int64_t>& left_shape,
              const std::vector<std::int64_t>& right_shape, const std::vector<std::int64_t>& shape)
      : windows_(attributes.windows),
        left_(attributes.left, left_shape),
        right_(attributes.right, right_shape),
        output_(attributes.output, shape) {
    for (const Labelled* operand : {&left_, &right_}) {
      for (const AxisLabel label : operand->labels) {
        const bool is_window = std::any_of(windows_.begin(), windows_.end(), [&](const ContractionWindow& window) {
          return window.window == label || window.output == label;
        });
        if (!is_window && !output_.has(label) && summed_.find(label) == std::string::npos) {
          summed_ += label;
        }
      }
    }
  }

  template <class Number>
  std::vector<Number> run(const std::vector<Number>& left, const std::vector<Number>& right) const {
    std::int64_t count = 1;
    for (const std::int64_t size : output_.shape) {
      count *= size;
    }
    std::vector<Number> totals(static_cast<std::size_t>(count), 0);
    std::vector<std::int64_t> cell(windows_.size(), 0);
    if (std::any_of(windows_.begin(), windows_.end(),
                    [&](const auto& window) { return right_.size(window.window) == 0; })) {
      return totals;
    }
    do {
      LoopNest<3>::Offsets first{};
      const LoopNest<3> nest = nest_of(cell, first);
      nest.for_each_row(
          first, [&](const LoopNest<3>::Offsets& offsets, std::int64_t size, const LoopNest<3>::Offsets& strides) {
            multiply_add_row(totals.data() + offsets[0], left.data() + offsets[1], right.data() + offsets[2], size,
                             strides);
          });
    } while (next(cell));
    return totals;
  }

private:
  [[nodiscard]] bool next(std::vector<std::int64_t>& cell) const {
    for (std::size_t axis = cell.size(); axis-- > 0;) {
      if (++cell[axis] < right_.size(windows_[axis].window)) {
        return true;
      }
      cell[axis] = 0;
    }
    return false;
  }

  LoopNest<3> nest_of(const std::vector<std::int64_t>& cell, LoopNest<3>::Offsets& first) const {
    LoopNest<3> nest;
    // The last output axis stands innermost when it is long enough to be worth it: there the totals lie side by side.
    const std::size_t output_count = output_.labels.size();
    const bool has_column = output_count > 0 && output_.shape.back() > 1;
    for (std::size_t axis = 0; axis + (has_column ? 1 : 0) < output_count; ++axis) {
      add_output_axis(output_.labels[axis], cell, nest, first);
    }
    for (const AxisLabel label : summed_) {
      const std::int64_t size = left_.has(label) ? left_.size(label) : right_.size(label);
      nest.add(size, {0, left_.stride(label), right_.stride(label)});
    }
    for (std::size_t index = 0; index < windows_.size(); ++index) {
      first[2] += cell[index] * right_.stride(windows_[index].window);
    }
    if (has_column) {
      add_output_axis(output_.labels.back(), cell, nest, first);
    }
    return nest;
  }

  void add_output_axis(AxisLabel label, const std::vector<std::int64_t>& cell, LoopNest<3>& nest,
                       LoopNest<3>::Offsets& first) const {
    for (std::size_t index = 0; index < windows_.size(); ++index) {
      const ContractionWindow& window = windows_[index];
      if (window.output != label) {
        continue;
      }
      const ValidRange range = find_valid_range({.output_size = output_.size(label),
                                                 .input_size = left_.size(label),
                                                 .stride = window.stride,
                                                 .shift = cell[index] * window.dilation - window.pad_low,
                                                 .input_dilation = window.input_dilation});
      first[0] += range.first_output * output_.stride(label);
      first[1] += range.first_input * left_.stride(label);
      nest.add(range.count, {range.output_step * output_.stride(label), range.input_step * left_.stride(label), 0});
      return;
    }
    nest.add(output_.size(label), {output_.stride(label), left_.stride(label), right_.stride(label)});
  }

  const std::vector<ContractionWindow>& windows_;
  Labelled left_;
  Labelled right_;
  Labelled output_;
  std::string summed_;
};

}  // namespace

TensorData evaluate_contraction(const ContractionAttributes& contraction, const TensorData& left,
                                const TensorData& right, const std::vector<std::int64_t>& shape) {
  const Contraction loops(contraction, left.shape, right.shape, shape);
  TensorData result = TensorData::zeros(left.dtype, shape);
  Column totals(left.dtype, 0);
  if (is_float(left.dtype)) {
    totals.floats = loops.run(all_floats(left), all_floats(right));
  } else {
    totals.integers = loops.run(all_integers(left), all_integers(right));
    std::transform(totals.integers.begin(), totals.integers.end(), totals.integers.begin(),
                   [&](std::int64_t value) { return wrap_to_integer(value, left.dtype); });
  }
  write_column(result, 0, totals, static_cast<std::size_t>(result.element_count()));
  return result;
}

}  // namespace kdlc::graph
