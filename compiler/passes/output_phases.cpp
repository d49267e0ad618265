// Phases of sliding windows over spread inputs.
#include "passes/output_phases.hpp"

#include <algorithm>
#include <numeric>

namespace kdlc::passes {

using namespace graph;

namespace {

std::int64_t modulo(std::int64_t value, std::int64_t divisor) {
  return ((value % divisor) + divisor) % divisor;
}

/// Output cell o reads, through cell w, position o × stride + w × dilation - pad_low of the
/// spread input, which is input cell position / spreading where that is whole.
std::vector<Phase> phases_of(const SplitAxis& axis, const ContractionWindow& window) {
  const std::int64_t spreading = window.input_dilation;
  std::vector<Phase> phases;
  for (std::int64_t number = 0; number < axis.phase_count; ++number) {
    const std::int64_t start = number * window.stride - window.pad_low;
    std::int64_t begin = 0;
    while (begin < axis.step && modulo(start + begin * window.dilation, spreading) != 0) {
      ++begin;
    }
    if (begin == axis.step || begin >= axis.cells) {
      phases.emplace_back();
      continue;
    }
    phases.push_back({.begin = begin,
                      .count = (axis.cells - begin + axis.step - 1) / axis.step,
                      .low = -(start + begin * window.dilation) / spreading});
  }
  return phases;
}

}  // namespace

std::int64_t SplitAxis::widest(std::int64_t Phase::* side) const {
  std::int64_t most = 0;
  for (const Phase& phase : phases) {
    most = std::max(most, phase.*side);
  }
  return most;
}

std::optional<SplitAxis> split_axis(const ContractionAttributes& contraction, const ContractionWindow& window,
                                    const Shape& left, const Shape& right, const Shape& output) {
  const std::int64_t spreading = window.input_dilation;
  const std::int64_t shared = std::gcd(spreading, window.dilation);
  SplitAxis axis{.left = contraction.left.find(window.output),
                 .right = contraction.right.find(window.window),
                 .output = contraction.output.find(window.output)};
  axis.phase_count = spreading / std::gcd(spreading, window.stride);
  axis.step = spreading / shared;
  axis.stride = window.stride * axis.phase_count / spreading;
  axis.dilation = window.dilation / shared;
  const Dim& size = output.axes[axis.output];
  const auto even_places = exact_quotient(size, axis.phase_count);
  if (!right.axes[axis.right].is_constant() || (!even_places && !size.is_constant())) {
    return std::nullopt;
  }
  axis.places = even_places ? *even_places : Dim((size.constant() + axis.phase_count - 1) / axis.phase_count);
  axis.cells = right.axes[axis.right].constant();
  const bool is_simple = spreading > 1 && window.dilation == 1 && window.stride == 1;
  // Phase r meets the cells spreading - 1 - r, and every spreading-th on, at the same places of the input for all r.
  axis.are_columns =
      is_simple && even_places && axis.cells % spreading == 0 && modulo(window.pad_low, spreading) == spreading - 1;
  axis.phases = axis.are_columns
                    ? std::vector<Phase>{{.count = axis.cells / spreading, .low = (window.pad_low + 1) / spreading - 1}}
                    : phases_of(axis, window);
  for (Phase& phase : axis.phases) {
    if (phase.count == 0) {
      continue;
    }
    const Dim reach = (axis.places - 1) * axis.stride + (phase.count - 1) * axis.dilation + 1;
    const Dim high = reach - left.axes[axis.left] - phase.low;
    if (!high.is_constant()) {
      return std::nullopt;
    }
    phase.high = high.constant();
  }
  return axis;
}

}  // namespace kdlc::passes
