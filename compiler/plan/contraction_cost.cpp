// See contraction_cost.hpp.
#include "plan/contraction_cost.hpp"

#include <algorithm>

#include "support/assert.hpp"

namespace kdlc::plan {
namespace {

constexpr double kLatency = 4;       // of a multiply-add
constexpr double kFrontEnd = 5;      // instructions a cycle
constexpr double kBlockCycles = 12;  // addresses, zeroing, filling the pipeline
constexpr double kExitCycles = 20;   // of a loop whose end the processor does not foresee
constexpr std::int64_t kForeseenTurns = 16;
constexpr double kStoreCycles = 1.5;       // epilogue and store of one vector
constexpr double kGatherCycles = 16;       // of a vector whose elements do not lie side by side
constexpr double kJoinCycles = 2;          // of the lanes of a row's sum with those of other rows
constexpr double kTotalCycles = 6;         // of what is done with the totals of rows that are joined
constexpr std::int64_t kLongPiece = 4;     // vectors, side by side, that are stored as fast as any number of them
constexpr double kElementCycles = 0.3;     // of an element of one row, between vectors that come from another level
constexpr double kVariantPenalty = 0.004;  // each further kernel costs code and compile time

/// Cycles for one byte of data of which `working_bytes` are read over and over.
double byte_cycles(const Machine& machine, double working_bytes) {
  if (working_bytes <= 0.6 * static_cast<double>(machine.l1_bytes)) {
    return 0;
  }
  return machine.second_cache_holds(working_bytes) ? 1.0 / 48 : 1.0 / 10;
}

}  // namespace

std::int64_t registers_of(const Machine& machine, const RegisterBlock& block) {
  const std::int64_t rows = block.outer_rows * block.inner_rows;
  const bool takes_panel_from_memory = rows == 1 && block.taps == 1 && machine.has_masks && machine.has_fma;
  const std::int64_t panel = takes_panel_from_memory ? 0 : block.vectors * block.taps;
  const bool has_elements_ahead = machine.vector_registers >= 32 && (!machine.has_masks || block.taps > 1);
  const std::int64_t ahead = has_elements_ahead ? 2 : 0;
  return rows * block.vectors + panel + 1 + (machine.has_fma ? 0 : 1) + ahead;
}

ContractionCost::ContractionCost(const Machine& machine, const ContractionShape& shape)
    : machine_(machine),
      shape_(shape),
      element_bytes_(static_cast<double>(size_bytes(shape.dtype))),
      rows_(static_cast<double>(shape.other_rows * shape.outer_rows * shape.inner_rows)),
      depth_(static_cast<double>(shape.depth)) {}

std::vector<RankedOrder> ContractionCost::rank_orders(const RegisterBlock& block) const {
  const std::vector<Cut> columns = cut_columns(block);
  const std::vector<Cut> outer = cut(shape_.outer_rows, block.outer_rows, true);
  const std::vector<Cut> inner = cut(shape_.inner_rows, block.inner_rows, shape_.inner_rows_are_known);
  double compute = 0;
  double row_blocks = 0;
  for (const Cut& y : outer) {
    for (const Cut& x : inner) {
      const double blocks = y.count * x.count * static_cast<double>(shape_.other_rows);
      row_blocks += blocks;
      for (const Cut& c : columns) {
        compute += blocks * c.count * block_cycles(y.size, x.size, c.size, block.taps);
      }
    }
  }
  const auto variants = static_cast<double>(columns.size() * outer.size() * inner.size());
  std::vector<RankedOrder> orders = orders_of(block);
  for (RankedOrder& order : orders) {
    const Traffic traffic = traffic_of(block, row_blocks, order);
    const double cycles = std::max(compute, traffic.operands) + 0.1 * std::min(compute, traffic.operands) +
                          traffic.cells + element_cycles(block);
    order.cycles = cycles * (1 + kVariantPenalty * variants);
  }
  return orders;
}

double ContractionCost::cycles(const RegisterBlock& block) const {
  const std::vector<RankedOrder> orders = rank_orders(block);
  const auto best =
      std::min_element(orders.begin(), orders.end(),
                       [](const RankedOrder& left, const RankedOrder& right) { return left.cycles < right.cycles; });
  return best->cycles;
}

double ContractionCost::along_depth_cycles() const {
  const std::int64_t lanes = machine_.lanes(shape_.dtype);
  const std::int64_t vectors = (shape_.inner_depth + lanes - 1) / lanes;
  const double turns = depth_ / static_cast<double>(shape_.inner_depth);
  const auto together = static_cast<double>(std::min(lanes, shape_.inner_rows));
  return rows_ * static_cast<double>(shape_.columns) *
         (turns * static_cast<double>(vectors) * 0.75 + kJoinCycles + kTotalCycles / together);
}

std::vector<ContractionCost::Cut> ContractionCost::cut(std::int64_t count, std::int64_t size, bool is_known) {
  std::vector<Cut> cuts;
  if (count >= size) {
    cuts.push_back({.size = size, .count = static_cast<double>(count / size)});
  }
  std::int64_t rest = count % size;
  if (is_known && rest > 0) {
    cuts.push_back({.size = rest, .count = 1});
    return cuts;
  }
  for (std::int64_t half = size / 2; half > 0 && rest > 0; half /= 2) {
    if (rest >= half) {
      cuts.push_back({.size = half, .count = static_cast<double>(rest / half)});
      rest %= half;
    }
  }
  return cuts;
}

/// Panels by how many of their vectors are used.
std::vector<ContractionCost::Cut> ContractionCost::cut_columns(const RegisterBlock& block) const {
  const std::int64_t width = block.vectors * block.lanes;
  std::vector<Cut> cuts;
  if (shape_.columns >= width) {
    cuts.push_back({.size = block.vectors, .count = static_cast<double>(shape_.columns / width)});
  }
  if (const std::int64_t rest = shape_.columns % width; rest > 0) {
    cuts.push_back({.size = (rest + block.lanes - 1) / block.lanes, .count = 1});
  }
  return cuts;
}

/// One row reads as many vectors as it multiplies. Where these wait for the second level, each takes a second turn at
/// the ports that load, which the elements of the row keep from them; panels that are taken together share elements.
double ContractionCost::element_cycles(const RegisterBlock& block) const {
  const std::int64_t width = block.vectors * block.lanes;
  const auto panels = static_cast<double>((shape_.columns + width - 1) / width);
  const double right_bytes = panels * depth_ * static_cast<double>(width) * element_bytes_;
  return rows_ == 1 && byte_cycles(machine_, right_bytes) > 0 ? panels * depth_ * kElementCycles : 0;
}

/// A step of depth with all its taps.
double ContractionCost::step_cycles(std::int64_t outer_rows, std::int64_t inner_rows, std::int64_t vectors,
                                    std::int64_t taps) const {
  const auto sums = static_cast<double>(outer_rows * inner_rows * vectors);
  const auto times = static_cast<double>(taps);
  const double operations = (machine_.has_fma ? sums : 2 * sums) * times;
  const std::int64_t elements = outer_rows * std::min(inner_rows * taps, inner_rows + shape_.tap_distance * (taps - 1));
  // One vector a row takes its element of left straight from memory where masks, and with them broadcasts, are there.
  const auto loads = static_cast<double>(elements + vectors * taps);
  const bool broadcasts_in_place = taps == 1 && vectors == 1 && machine_.has_masks;
  const double instructions = operations + (broadcasts_in_place ? 1 : loads) + 0.5;
  const auto units = static_cast<double>(machine_.multiply_adds_a_cycle);
  double independent = sums;
  while (independent < units * kLatency &&
         independent * 2 <= sums * static_cast<double>(std::max<std::int64_t>(1, shape_.inner_depth))) {
    independent *= 2;
  }
  const double gathers = shape_.right_columns_are_contiguous ? 0 : kGatherCycles * static_cast<double>(vectors);
  return times * gathers +
         std::max({operations / units, loads / units, instructions / kFrontEnd, times * kLatency * sums / independent});
}

double ContractionCost::block_cycles(std::int64_t outer_rows, std::int64_t inner_rows, std::int64_t vectors,
                                     std::int64_t taps) const {
  const std::int64_t rows = outer_rows * inner_rows;
  const auto sums = static_cast<double>(rows * vectors);
  // Two steps make a turn, and the end of half as many is foreseen, where the panel's rows for both fit the
  // registers.
  const bool turns_by_two = taps == 1 && rows * vectors + 2 * vectors + 2 <= machine_.vector_registers;
  const double exit = turns_by_two || shape_.inner_depth <= kForeseenTurns * taps ? 0 : kExitCycles;
  const double step = step_cycles(outer_rows, inner_rows, vectors, taps);
  return depth_ / static_cast<double>(taps) * step + kBlockCycles + exit + (kStoreCycles + placing_cycles(rows)) * sums;
}

/// Of a vector of results that do not lie side by side: where those of the other rows lie between, and the block has
/// all rows, they are interleaved; else they are stored one by one.
double ContractionCost::placing_cycles(std::int64_t rows) const {
  switch (shape_.columns_lie) {
    case ContractionShape::Columns::side_by_side:
      return 0;
    case ContractionShape::Columns::rows_between:
      return rows == shape_.inner_rows ? 0.5 * static_cast<double>(rows) : kGatherCycles;
    case ContractionShape::Columns::scattered:
      return kGatherCycles;
  }
  KDLC_UNREACHABLE("every way to lie has its cost");
}

/// All rows for each panel; all panels for each block of rows; and bands of some blocks, where their axis is known.
std::vector<RankedOrder> ContractionCost::orders_of(const RegisterBlock& block) const {
  std::vector<RankedOrder> orders = {{.columns_outermost = true}, {.columns_outermost = false}};
  const bool has_outer = shape_.outer_rows > 1;
  if (has_outer ? !shape_.outer_rows_are_known : !shape_.inner_rows_are_known) {
    return orders;
  }
  const std::int64_t count = has_outer ? shape_.outer_rows : shape_.inner_rows;
  const std::int64_t step = has_outer ? block.outer_rows : block.inner_rows;
  for (std::int64_t rows = has_outer ? step : 2 * step; rows < count; rows *= 2) {
    orders.push_back({.columns_outermost = true, .band_rows = rows});
  }
  return orders;
}

double ContractionCost::rows_of(const RankedOrder& order, double row_blocks) const {
  if (!order.columns_outermost) {
    return rows_ / std::max(1.0, row_blocks);
  }
  if (order.band_rows == 0) {
    return rows_;
  }
  return static_cast<double>(order.band_rows * (shape_.outer_rows > 1 ? shape_.inner_rows : 1));
}

/// Cycles for one byte that the epilogue touches, in pieces of so many vectors of each row. Measured beyond the
/// second level: where a band stays there, each line comes once, in order but for the pieces; else nothing runs ahead
/// of pieces that lie a row apart, in pages of their own. The more of the cache this band, the next one, which is asked
/// for meanwhile, and the weights take, the more of their lines are gone before their turn.
double ContractionCost::cell_cycles(double all_bytes, double band_bytes, double right_bytes, double vectors) const {
  if (machine_.second_cache_holds(all_bytes)) {
    return 0.02 + 0.02 / vectors;
  }
  const double share = (2 * band_bytes + right_bytes) / static_cast<double>(machine_.l2_bytes);
  return share <= 0.75 ? 0.055 + 0.04 * share + 0.13 / vectors : 0.55 / vectors;
}

/// For each band of rows: for each panel all blocks of rows of the band.
ContractionCost::Traffic ContractionCost::traffic_of(const RegisterBlock& block, double row_blocks,
                                                     const RankedOrder& order) const {
  const std::int64_t width = block.vectors * block.lanes;
  const auto panels = static_cast<double>((shape_.columns + width - 1) / width);
  const double bands = rows_ / rows_of(order, row_blocks);
  const double panel_bytes = depth_ * static_cast<double>(width) * element_bytes_;
  const double right_bytes = panels * panel_bytes;
  const double left_bytes = rows_ * depth_ * element_bytes_;
  const double cell_bytes = rows_ * static_cast<double>(shape_.columns * shape_.cell_bytes);
  const double band_bytes = (left_bytes + cell_bytes) / bands;
  const auto moved = [&](double bytes, double working_bytes) { return bytes * byte_cycles(machine_, working_bytes); };
  const double left =
      moved(left_bytes, left_bytes) + moved((panels - 1) * left_bytes, left_bytes / bands + panel_bytes);
  const double right = moved(right_bytes, right_bytes) + moved((bands - 1) * right_bytes, right_bytes + band_bytes) +
                       moved((row_blocks - bands) * right_bytes, panel_bytes);
  return {.operands = left + right,
          .cells = cell_bytes *
                   cell_cycles(left_bytes + cell_bytes, band_bytes, right_bytes,
                               static_cast<double>(panels == 1 ? kLongPiece : std::min(block.vectors, kLongPiece)))};
}

}  // namespace kdlc::plan
