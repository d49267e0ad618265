// Which outputs of a sliding window see a real input at one of its cells.
#include "graph/valid_range.hpp"

#include <algorithm>
#include <numeric>

namespace kdlc::graph {

namespace {

/// The first of the outputs whose position lies on a real cell of the spread input; output_size when none does.
std::int64_t find_first_output(const WindowCell& cell, std::int64_t step) {
  const std::int64_t begin = cell.shift >= 0 ? 0 : (-cell.shift + cell.stride - 1) / cell.stride;
  // Positions repeat their remainder after `step` outputs.
  for (std::int64_t output = begin; output < std::min(begin + step, cell.output_size); ++output) {
    if ((output * cell.stride + cell.shift) % cell.input_dilation == 0) {
      return output;
    }
  }
  return cell.output_size;
}

}  // namespace

ValidRange find_valid_range(const WindowCell& cell) {
  ValidRange range;
  range.output_step = cell.input_dilation / std::gcd(cell.stride, cell.input_dilation);
  range.input_step = range.output_step * cell.stride / cell.input_dilation;
  range.first_output = find_first_output(cell, range.output_step);
  if (range.first_output >= cell.output_size) {
    return range;
  }
  range.first_input = (range.first_output * cell.stride + cell.shift) / cell.input_dilation;
  if (range.first_input >= cell.input_size) {
    return range;
  }
  range.count = std::min((cell.output_size - 1 - range.first_output) / range.output_step,
                         (cell.input_size - 1 - range.first_input) / range.input_step) +
                1;
  return range;
}

}  // namespace kdlc::graph
