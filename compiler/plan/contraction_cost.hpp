// What a contraction costs, block by block: the model behind the choice of register blocks.
//
// A step of depth of a block of r rows and v vectors takes the longest of: r v multiply-adds on two units; r + v loads
// on two ports; its instructions through a front end of five; and the latency of an addition where too few sums are
// independent. To it come the bytes that the block streams from the level of memory which holds them, and a fixed cost
// for each block. What the epilogue reads and writes is not hidden behind arithmetic, as it comes at the end of a
// block. The model only has to order candidates; its numbers are those of current processors.
#pragma once

#include <vector>

#include "plan/contraction_blocks.hpp"

namespace kdlc::plan {

/// What a micro-kernel holds in registers: rows of the two innermost axes by vectors of columns.
struct RegisterBlock {
  std::int64_t outer_rows;
  std::int64_t inner_rows;
  std::int64_t vectors;
  std::int64_t lanes;
  std::int64_t taps = 1;  // taken in one step of depth
};

/// Registers of the block: sums, a row of the panel for each tap (which one row multiplies straight from memory, where
/// broadcasts from memory are there as well), one element of left, and a product where it is not added in one step.
/// Without broadcasts from memory, and where elements are shared, those of several rows are loaded ahead: two more
/// where there are many.
std::int64_t registers_of(const Machine& machine, const RegisterBlock& block);

/// The order of the loops around a block, and the cycles of the whole contraction in it.
struct RankedOrder {
  bool columns_outermost = true;
  std::int64_t band_rows = 0;  // see ContractionBlock
  double cycles = 0;
};

/// Of one shape, none of whose axes is empty. Machine and shape must outlive it.
class ContractionCost {
public:
  ContractionCost(const Machine& machine, const ContractionShape& shape);

  /// Every order of the loops around the block.
  [[nodiscard]] std::vector<RankedOrder> rank_orders(const RegisterBlock& block) const;
  /// Cycles of the block in its best order.
  [[nodiscard]] double cycles(const RegisterBlock& block) const;
  /// Of the kernel that runs along depth: one column at a time, whole vectors of depth, lanes added up at the end,
  /// those of several rows together.
  [[nodiscard]] double along_depth_cycles() const;

private:
  /// Blocks of one size and how many there are.
  struct Cut {
    std::int64_t size = 1;
    double count = 1;
  };
  /// Cycles that move the operands, beside arithmetic, and what the epilogue reads and writes, after it.
  struct Traffic {
    double operands;
    double cells;
  };

  static std::vector<Cut> cut(std::int64_t count, std::int64_t size, bool is_known);
  [[nodiscard]] std::vector<Cut> cut_columns(const RegisterBlock& block) const;
  [[nodiscard]] double element_cycles(const RegisterBlock& block) const;
  [[nodiscard]] double step_cycles(std::int64_t outer_rows, std::int64_t inner_rows, std::int64_t vectors,
                                   std::int64_t taps) const;
  [[nodiscard]] double block_cycles(std::int64_t outer_rows, std::int64_t inner_rows, std::int64_t vectors,
                                    std::int64_t taps) const;
  [[nodiscard]] double placing_cycles(std::int64_t rows) const;
  [[nodiscard]] std::vector<RankedOrder> orders_of(const RegisterBlock& block) const;
  [[nodiscard]] double rows_of(const RankedOrder& order, double row_blocks) const;
  [[nodiscard]] double cell_cycles(double all_bytes, double band_bytes, double right_bytes, double vectors) const;
  [[nodiscard]] Traffic traffic_of(const RegisterBlock& block, double row_blocks, const RankedOrder& order) const;

  const Machine& machine_;
  const ContractionShape& shape_;
  double element_bytes_;
  double rows_;
  double depth_;
};

}  // namespace kdlc::plan
