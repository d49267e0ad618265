// Which outputs of a sliding window see a real input at one of its cells.
#pragma once

#include <cstdint>

namespace kdlc::graph {

/// One cell of a window along one axis: output o reads position o × stride + shift of the input spread by
/// input_dilation.
struct WindowCell {
  std::int64_t output_size = 0;
  std::int64_t input_size = 0;
  std::int64_t stride = 1;
  std::int64_t shift = 0;
  std::int64_t input_dilation = 1;
};

/// The outputs first_output, first_output + output_step, … and the inputs that they read.
struct ValidRange {
  std::int64_t count = 0;
  std::int64_t first_output = 0;
  std::int64_t output_step = 1;
  std::int64_t first_input = 0;
  std::int64_t input_step = 1;
};

ValidRange find_valid_range(const WindowCell& cell);

}  // namespace kdlc::graph
