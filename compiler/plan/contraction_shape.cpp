// What the choice of a block depends on, read off a step.
#include <algorithm>

#include "plan/contraction_blocks.hpp"
#include "plan/window_taps.hpp"
#include "support/assert.hpp"

namespace kdlc::plan {
namespace {

/// How the results of a row lie in the output.
ContractionShape::Columns columns_lie(const ContractionStep& step) {
  const Dim& stride = step.output.strides.back();
  if (stride == Dim(1) || step.columns == Dim(1)) {
    return ContractionShape::Columns::side_by_side;
  }
  const Dim& rows = step.rows.back();
  const bool rows_between =
      rows.is_constant() && stride == rows && step.output.strides[step.output.strides.size() - 2] == Dim(1);
  return rows_between ? ContractionShape::Columns::rows_between : ContractionShape::Columns::scattered;
}

}  // namespace

ContractionShape shape_of(const ContractionStep& step, const std::map<std::string, std::int64_t>& bounds,
                          bool may_split_sums) {
  const auto size = [&](const Dim& dim) {
    const std::optional<std::int64_t> bound = dim.upper_bound(bounds);
    KDLC_ASSERT(bound.has_value(), "every size is bounded");
    return std::max<std::int64_t>(*bound, 0);
  };
  ContractionShape shape{.dtype = step.left.dtype, .columns = size(step.columns)};
  shape.cell_bytes = static_cast<std::int64_t>(size_bytes(step.output.dtype));
  const std::size_t row_count = step.rows.size();
  for (const Access& operand : step.epilogue_operands) {
    const auto rows_end = operand.strides.end() - 1;
    const bool follows_rows = std::any_of(rows_end - static_cast<std::ptrdiff_t>(row_count), rows_end,
                                          [](const Dim& stride) { return stride != Dim(0); });
    const bool is_overwritten = operand == step.output;
    shape.cell_bytes += follows_rows && !is_overwritten ? static_cast<std::int64_t>(size_bytes(operand.dtype)) : 0;
  }
  shape.columns *= step.pool ? step.pool->columns : 1;
  shape.inner_rows = size(step.rows.back());
  shape.inner_rows_are_known = step.rows.back().is_constant();
  if (row_count > 1) {
    shape.outer_rows = size(step.rows[row_count - 2]);
    shape.outer_rows_are_known = step.rows[row_count - 2].is_constant();
  }
  for (std::size_t axis = 0; axis + 2 < row_count; ++axis) {
    shape.other_rows *= size(step.rows[axis]);
  }
  for (const Dim& count : step.depth) {
    shape.depth *= size(count);
  }
  shape.inner_depth = size(step.depth.back());
  shape.inner_depth_is_known = step.depth.back().is_constant();
  // The strides of weights are 0 until they are packed.
  shape.right_columns_are_contiguous =
      step.right_is_packed || step.pool || step.right.strides.back() == Dim(1) || step.right.strides.back() == Dim(0);
  shape.columns_lie = columns_lie(step);
  shape.left_depth_is_contiguous = step.left.strides.back() == Dim(1);
  shape.may_split_sums = may_split_sums;
  if (const std::optional<WindowTaps> taps = find_taps(step)) {
    shape.taps = taps->count;
    shape.tap_distance = taps->distance;
  }
  return shape;
}

double contraction_cycles(const Machine& machine, const ContractionStep& step,
                          const std::map<std::string, std::int64_t>& bounds, bool may_split_sums) {
  double cycles = contraction_cycles(machine, shape_of(step, bounds, may_split_sums), step.block);
  cycles *= step.pool ? static_cast<double>(step.pool->turns) : 1;
  for (const Dim& size : step.outer) {
    cycles *= static_cast<double>(std::max<std::int64_t>(size.upper_bound(bounds).value_or(1), 0));
  }
  return cycles;
}

std::int64_t right_bytes(const ContractionStep& step) {
  std::int64_t elements = step.columns.constant();
  for (const Dim& size : step.depth) {
    elements *= size.constant();
  }
  return elements * static_cast<std::int64_t>(size_bytes(step.right.dtype));
}

}  // namespace kdlc::plan
