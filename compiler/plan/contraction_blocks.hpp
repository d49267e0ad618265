// Chooses how a contraction uses the registers: rows and vectors of columns of its micro-kernel, and its loop order.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/plan.hpp"
#include "types/dtype.hpp"

namespace kdlc::plan {

/// What the choice depends on. Numbers stand for sizes known at run time only: N as the samples of the body.
struct ContractionShape {
  DType dtype = DType::f32;
  std::int64_t other_rows = 1;   // product of all row axes but the innermost two
  std::int64_t outer_rows = 1;   // the second-innermost row axis
  std::int64_t inner_rows = 1;   // the innermost row axis
  std::int64_t depth = 1;        // product of the depth axes
  std::int64_t inner_depth = 1;  // the innermost depth axis
  std::int64_t columns = 1;
  std::int64_t cell_bytes = 4;           // written and read by the epilogue for each row and column
  bool left_depth_is_contiguous = true;  // stride 1 along the innermost depth axis
  bool right_columns_are_contiguous = true;
  /// How a row's results lie in the output: as a vector has them; or with those of all other rows between, row by row
  /// side by side; or otherwise.
  enum class Columns : std::uint8_t { side_by_side, rows_between, scattered };
  Columns columns_lie = Columns::side_by_side;
  bool may_split_sums = true;        // false: strict, where the order of a sum must not follow the number of samples
  bool inner_rows_are_known = true;  // false: a size of run time, whose tails are cut into halves
  bool outer_rows_are_known = true;
  bool inner_depth_is_known = true;  // false: no kernel along depth
  std::int64_t taps = 1;             // of a window along the inner rows, which may be taken together
  std::int64_t tap_distance = 1;     // see WindowTaps
};

/// The shape of a step with every size at its bound.
ContractionShape shape_of(const ContractionStep& step, const std::map<std::string, std::int64_t>& bounds,
                          bool may_split_sums);

/// The fastest block by a model of multiply-adds, loads, tails and cache traffic. Never more accumulators than
/// registers.
ContractionBlock choose_contraction_block(const Machine& machine, const ContractionShape& shape);
/// The same for weights that are packed already, in panels of `vectors` × `lanes` columns: one packing serves both
/// bodies.
ContractionBlock choose_contraction_block(const Machine& machine, const ContractionShape& shape, std::int64_t vectors,
                                          std::int64_t lanes);

/// A block and its cycles by the model.
struct RankedBlock {
  ContractionBlock block;
  double cycles = 0;
};
/// Every block that is possible, panels of every width and one that runs along depth included.
std::vector<RankedBlock> list_contraction_blocks(const Machine& machine, const ContractionShape& shape);
/// Every block with panels of `vectors` × `lanes` columns. Those of one column run along depth where they may.
std::vector<RankedBlock> list_contraction_blocks(const Machine& machine, const ContractionShape& shape,
                                                 std::int64_t vectors, std::int64_t lanes);
/// How many neighbouring panels one row takes together, by the same model.
std::int64_t choose_panels(const Machine& machine, const ContractionShape& shape, const ContractionBlock& block);

/// Cycles of all blocks of such a shape, by the same model.
double contraction_cycles(const Machine& machine, const ContractionShape& shape, const ContractionBlock& block);
/// The same for a whole step, outer axes included, with every size at its bound.
double contraction_cycles(const Machine& machine, const ContractionStep& step,
                          const std::map<std::string, std::int64_t>& bounds, bool may_split_sums);

/// Bytes of the right operand of one outer position, without the columns that fill the last panel.
std::int64_t right_bytes(const ContractionStep& step);

/// Columns of a panel of packed weights, and the number of panels.
inline std::int64_t panel_columns(const ContractionBlock& block) {
  return block.vectors * block.lanes;
}
/// Columns that are taken together.
inline std::int64_t block_columns(const ContractionBlock& block) {
  return block.panels * panel_columns(block);
}
inline std::int64_t panel_count(const ContractionBlock& block, std::int64_t columns) {
  return (columns + panel_columns(block) - 1) / panel_columns(block);
}

}  // namespace kdlc::plan
