// The cost of Strassen's form: products by the model of contractions, sums of left rows, epilogues and more weights by
// their bytes.
#include <algorithm>
#include <utility>

#include "plan/strassen.hpp"

namespace kdlc::plan {
namespace {

// Cycles for one byte, measured on one core: of sums of left rows, which nothing hides, where left and output stay in
// the second cache and where they do not; and what the epilogues lose there.
constexpr double kSumByteCycles = 0.03;
constexpr double kFarSumByteCycles = 0.06;
constexpr double kFarCellByteCycles = 0.04;
// Of weights, which are 7/4 as large, from the third cache and from memory.
constexpr double kWeightByteCycles = 0.1;
constexpr double kColdWeightByteCycles = 0.18;
/// Of sums that are held in the first cache, as a share of it.
constexpr double kHeldShare = 0.5;
constexpr std::int64_t kSums = 5;      // of left quarters
constexpr std::int64_t kTouches = 20;  // of cells of a quarter by the epilogues of all products: 12 stores, 8 loads

// Cycles for one byte, of Winograd's variant where one vector is multiplied in a cycle: of sums of left rows and of
// more weights; of the epilogues, whose stores take long there; and of both where left, output and what the epilogue
// reads outgrow the second cache by a fourth.
constexpr double kWinogradSumByteCycles = 0.02;
constexpr double kWinogradCellByteCycles = 0.03;
constexpr double kWinogradFarByteCycles = 0.1;
constexpr double kNearShare = 0.95;
constexpr std::int64_t kWinogradTouches = 15;  // of cells of a quarter: of left 11 loads, 4 stores; of output 7 and 8
constexpr std::int64_t kHeldSumShare = 4;      // of the second cache: a fourth for the sums of one product
constexpr std::int64_t kKeptShare = 16;        // a sixteenth for each of the two places

/// The rows of the axis that is halved.
std::int64_t& first_axis(ContractionShape& shape, std::size_t row_axes) {
  return row_axes == 1 ? shape.inner_rows : row_axes == 2 ? shape.outer_rows : shape.other_rows;
}

/// The largest count of rows, a multiple of the block's, so few that their sums stay in the first cache.
std::int64_t rows_held(const Machine& machine, ContractionShape product, const ContractionBlock& block,
                       std::size_t row_axes) {
  const std::int64_t all = std::exchange(first_axis(product, row_axes), 1);
  const std::int64_t grain = row_axes == 1 ? block.inner_rows : row_axes == 2 ? block.outer_rows : 1;
  const std::int64_t grain_bytes = grain * product.other_rows * product.outer_rows * product.inner_rows *
                                   product.depth * static_cast<std::int64_t>(size_bytes(product.dtype));
  const auto grains = static_cast<std::int64_t>(kHeldShare * static_cast<double>(machine.l1_bytes)) / grain_bytes;
  return std::min(all, grain * std::max<std::int64_t>(1, grains));
}

/// Of one product for all rows of a half.
double product_cycles(const Machine& machine, const ContractionShape& product, const ContractionBlock& block,
                      std::size_t row_axes, std::int64_t rows_at_once) {
  ContractionShape part = product;
  const std::int64_t rows = std::exchange(first_axis(part, row_axes), rows_at_once);
  double cycles = static_cast<double>(rows / rows_at_once) * contraction_cycles(machine, part, block);
  if (const std::int64_t rest = rows % rows_at_once; rest > 0) {
    first_axis(part, row_axes) = rest;
    cycles += contraction_cycles(machine, part, block);
  }
  return cycles;
}

/// Winograd's variant: rows whose sums take a share of the second cache, and columns for which what is kept takes a
/// smaller one, as it comes and goes with every product. `cell_bytes`: of the plain form.
StrassenChoice choose_winograd_variant(const Machine& machine, const ContractionShape& product, std::size_t row_axes,
                                       std::int64_t cell_bytes, StrassenChoice choice) {
  ContractionShape shape = product;
  const auto element = static_cast<std::int64_t>(size_bytes(shape.dtype));
  const std::int64_t all_rows = first_axis(shape, row_axes);
  const std::int64_t rows = shape.other_rows * shape.outer_rows * shape.inner_rows;
  const std::int64_t row_bytes = rows / all_rows * shape.depth * element;
  const std::int64_t grain = row_axes == 1 ? choice.block.inner_rows : row_axes == 2 ? choice.block.outer_rows : 1;
  const std::int64_t grains = machine.l2_bytes / kHeldSumShare / (grain * row_bytes);
  choice.rows_at_once = std::min(all_rows, grain * std::max<std::int64_t>(1, grains));
  const std::int64_t kept_column_bytes = choice.rows_at_once * row_bytes / shape.depth;
  const std::int64_t width = panel_columns(choice.block);
  for (std::int64_t turns = 1; turns * width <= shape.columns; ++turns) {
    if (shape.columns % turns == 0 && (turns == 1 || shape.columns / turns % width == 0)) {
      choice.columns_at_once = shape.columns / turns;
      if (choice.columns_at_once * kept_column_bytes <= machine.l2_bytes / kKeptShare) {
        break;
      }
    }
  }
  const std::int64_t turns = shape.columns / choice.columns_at_once;
  shape.columns = choice.columns_at_once;
  const auto products = static_cast<double>(turns * static_cast<std::int64_t>(kStrassenProducts));
  const auto sum_bytes = static_cast<double>(kWinogradTouches * rows * product.depth * element);
  const auto touched_bytes = static_cast<double>(kWinogradTouches * rows * product.columns * element);
  const auto weight_bytes = static_cast<double>(3 * product.depth * product.columns * element);
  const auto all_bytes = static_cast<double>(4 * rows * (product.depth * element + product.columns * cell_bytes));
  const bool is_near = all_bytes <= kNearShare * static_cast<double>(machine.l2_bytes);
  const double moved = kWinogradSumByteCycles * (sum_bytes + weight_bytes) + kWinogradCellByteCycles * touched_bytes +
                       (is_near ? 0 : kWinogradFarByteCycles * (sum_bytes + touched_bytes));
  choice.cycles = products * product_cycles(machine, shape, choice.block, row_axes, choice.rows_at_once) + moved;
  return choice;
}

}  // namespace

StrassenChoice choose_strassen(const Machine& machine, const ContractionShape& shape, std::size_t row_axes,
                               bool has_cold_weights, const ContractionBlock* packed) {
  ContractionShape product = shape;
  first_axis(product, row_axes) /= 2;
  product.inner_rows_are_known = true;
  product.outer_rows_are_known = true;
  product.depth /= 2;
  product.inner_depth = product.depth;
  product.columns /= 2;
  const auto element = static_cast<std::int64_t>(size_bytes(shape.dtype));
  StrassenChoice choice;
  choice.variant = machine.multiply_adds_a_cycle == 1 ? StrassenVariant::winograd : StrassenVariant::strassen;
  choice.columns_at_once = product.columns;
  const std::int64_t touches = choice.variant == StrassenVariant::winograd ? kWinogradTouches : kTouches;
  product.cell_bytes = touches * element / static_cast<std::int64_t>(kStrassenProducts);
  choice.block = packed != nullptr ? choose_contraction_block(machine, product, packed->vectors, packed->lanes)
                                   : choose_contraction_block(machine, product);
  choice.block.columns_outermost = true;
  choice.block.band_rows = 0;
  if (choice.variant == StrassenVariant::winograd) {
    return choose_winograd_variant(machine, product, row_axes, shape.cell_bytes, choice);
  }
  // A few rows, with the weights of a product in the second cache; or all, for which each weight is brought once.
  choice.rows_at_once = rows_held(machine, product, choice.block, row_axes);
  double one_product = product_cycles(machine, product, choice.block, row_axes, choice.rows_at_once);
  const std::int64_t all_rows = first_axis(product, row_axes);
  const double of_all = product_cycles(machine, product, choice.block, row_axes, all_rows);
  if (of_all < one_product) {
    choice.rows_at_once = all_rows;
    one_product = of_all;
  }
  const auto rows = static_cast<double>(product.other_rows * product.outer_rows * product.inner_rows);
  const auto depth = static_cast<double>(product.depth);
  const auto columns = static_cast<double>(product.columns);
  const auto bytes = static_cast<double>(element);
  const double working_bytes = (4 * rows * (depth + columns) + depth * columns) * bytes;
  const bool stays_close = working_bytes <= static_cast<double>(machine.l2_bytes);
  const double sums = kSums * 3 * bytes * rows * depth * (stays_close ? kSumByteCycles : kFarSumByteCycles);
  const double cells = stays_close ? 0 : kTouches * bytes * rows * columns * kFarCellByteCycles;
  const double weights = 3 * depth * columns * bytes * (has_cold_weights ? kColdWeightByteCycles : kWeightByteCycles);
  choice.cycles = static_cast<double>(kStrassenProducts) * one_product + sums + cells + weights;
  return choice;
}

}  // namespace kdlc::plan
