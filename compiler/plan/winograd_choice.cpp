// The cost of Winograd's form: transforms by vectors, products by the model of contractions, weights and scratch by the
// cache that holds them.
#include <algorithm>
#include <cstdlib>

#include "plan/arena.hpp"
#include "plan/contraction_blocks.hpp"
#include "plan/winograd.hpp"

namespace kdlc::plan {
namespace {

// Cycles for each vector of coefficients of a tile: two passes of multiply-adds, and how much longer it takes to move
// it where the scratch is far larger than the first-level cache.
constexpr double kTransformCycles = 2.5;
constexpr double kMoveCycles = 3.5;
constexpr double kResultCycles = 2;  // for each vector of outputs: epilogue and store
constexpr double kCallCycles = 60;   // of each of the three kernels
// Along rows alone, for each vector: two cells in and a coefficient out; about three products in and an output out.
constexpr double kRowCellCycles = 3;
constexpr double kRowOutputCycles = 4;

/// Cycles for one byte of data of which `working_bytes` are used over and over.
double byte_cycles(const Machine& machine, double working_bytes) {
  return machine.second_cache_holds(working_bytes) ? 1.0 / 48 : 1.0 / 10;
}

/// Cycles for one byte of weights from memory, 18 GB/s, and how much of the shorter of bringing and using them is not
/// hidden by the longer. Measured: with 0.25 U-Net loses 14 %, with 0.14 ResNet-50 loses 4 % and grows by
/// a third.
constexpr double kColdByteCycles = 0.18;
constexpr double kExposed = 0.5;

std::int64_t ceil_divide(std::int64_t value, std::int64_t divisor) {
  return (value + divisor - 1) / divisor;
}

ContractionShape product_shape(const ConvolutionShape& shape, std::int64_t tiles, std::int64_t columns) {
  return {.dtype = shape.dtype,
          .inner_rows = tiles,
          .depth = shape.depth,
          .inner_depth = shape.depth,
          .columns = columns,
          .may_split_sums = false};
}

double cycles_of(const Machine& machine, const ConvolutionShape& shape, const WinogradChoice& choice) {
  const auto element = static_cast<std::int64_t>(size_bytes(shape.dtype));
  const WinogradForm form{.tile = choice.tile, .stride = shape.stride};
  const std::int64_t lanes = machine.lanes(shape.dtype);
  const std::int64_t tiles =
      shape.images * ceil_divide(shape.height, choice.tile) * ceil_divide(shape.width, choice.tile);
  const auto coefficients = static_cast<double>(form.coefficients());
  const auto outputs = static_cast<double>(choice.tile * choice.tile);
  const auto blocks = static_cast<double>(ceil_divide(tiles, choice.tiles_at_once));
  const auto passes = static_cast<double>(ceil_divide(shape.columns, choice.columns_at_once));
  const double scratch_bytes =
      coefficients * static_cast<double>(choice.tiles_at_once * (shape.depth + choice.columns_at_once) * element);
  const double vector_cycles =
      kTransformCycles + kMoveCycles * scratch_bytes / (scratch_bytes + 4 * static_cast<double>(machine.l1_bytes));
  const double transforms = static_cast<double>(tiles) *
                            (static_cast<double>(ceil_divide(shape.depth, lanes)) * coefficients * vector_cycles +
                             static_cast<double>(ceil_divide(shape.columns, lanes)) *
                                 (coefficients * vector_cycles + outputs * kResultCycles));
  const ContractionShape product = product_shape(shape, ceil_divide(tiles, static_cast<std::int64_t>(blocks)),
                                                 std::min(choice.columns_at_once, shape.columns));
  const double products = blocks * passes * coefficients * contraction_cycles(machine, product, choice.block);
  const double weight_bytes =
      coefficients * static_cast<double>(shape.depth * round_up(shape.columns, panel_columns(choice.block)) * element);
  const double weights = blocks * weight_bytes * byte_cycles(machine, weight_bytes + scratch_bytes);
  // What the second-level cache does not hold of coefficients and products is written and read further away.
  const double spilled =
      machine.second_cache_holds(scratch_bytes) ? 0 : blocks * 2 * scratch_bytes * byte_cycles(machine, scratch_bytes);
  const double hidden = transforms + std::max(products, weights) + 0.1 * std::min(products, weights) + spilled +
                        kCallCycles * blocks * (1 + 2 * passes);
  return shape.has_cold_weights ? with_cold_weights(shape, form.coefficients(), hidden) : hidden;
}

/// Fewer tiles at once keep the scratch in the cache, more of them read the weights less often; so do fewer columns.
WinogradChoice fastest(const Machine& machine, const ConvolutionShape& shape, std::int64_t tile,
                       const WinogradChoice* packed) {
  const std::int64_t tiles = shape.images * ceil_divide(shape.height, tile) * ceil_divide(shape.width, tile);
  WinogradChoice best;
  for (std::int64_t blocks = 1; blocks <= tiles; blocks = std::max(blocks + 1, blocks * 5 / 4)) {
    WinogradChoice choice{.tile = tile, .tiles_at_once = ceil_divide(tiles, blocks), .columns_at_once = 1, .block = {}};
    const ContractionShape product = product_shape(shape, choice.tiles_at_once, shape.columns);
    choice.block = packed != nullptr
                       ? choose_contraction_block(machine, product, packed->block.vectors, packed->block.lanes)
                       : choose_contraction_block(machine, product);
    // Each coefficient has weights of its own: what a panel brings is used by all tiles before it is gone.
    choice.block.columns_outermost = true;
    const std::int64_t panels = panel_count(choice.block, shape.columns);
    for (std::int64_t parts = 1; parts <= panels; ++parts) {
      choice.columns_at_once = std::min(shape.columns, panels / parts * panel_columns(choice.block));
      const bool is_possible =
          panels % parts == 0 && (packed == nullptr || packed->columns_at_once == choice.columns_at_once);
      if (!is_possible) {
        continue;
      }
      choice.cycles = cycles_of(machine, shape, choice);
      if (best.cycles == 0 || choice.cycles < best.cycles) {
        best = choice;
      }
    }
  }
  return best;
}

/// Four products of rows, each with three rows of the window as its depth, and maps before and behind.
WinogradChoice fastest_of_rows(const Machine& machine, const ConvolutionShape& shape, const WinogradChoice* packed) {
  const std::int64_t lanes = machine.lanes(shape.dtype);
  const auto product_of_tiles = [&](std::int64_t tiles) {
    return ContractionShape{.dtype = shape.dtype,
                            .other_rows = shape.images,
                            .inner_rows = shape.height * tiles,
                            .depth = kWinogradWindow * shape.depth,
                            .inner_depth = shape.depth,
                            .columns = shape.columns,
                            .may_split_sums = false};
  };
  const std::int64_t tiles = ceil_divide(shape.width, 2);
  const ContractionShape whole = product_of_tiles(tiles);
  WinogradChoice choice{.tile = kRowTile, .tiles_at_once = 1, .columns_at_once = shape.columns, .block = {}};
  choice.block = packed != nullptr
                     ? choose_contraction_block(machine, whole, packed->block.vectors, packed->block.lanes)
                     : choose_contraction_block(machine, whole);
  const WinogradForm form{.tile = 2};
  const auto coefficients = static_cast<double>(form.side());
  const double cells = coefficients * static_cast<double>(shape.images * (shape.height + kWinogradWindow - 1) * tiles) *
                       static_cast<double>(ceil_divide(shape.depth, lanes));
  const double outputs = static_cast<double>(shape.images * shape.height * shape.width) *
                         static_cast<double>(ceil_divide(shape.columns, lanes));
  // Coefficients and products of all tiles wait for one another.
  const double scratch_bytes = (cells + outputs * coefficients / 2) *
                               static_cast<double>(lanes * static_cast<std::int64_t>(size_bytes(shape.dtype)));
  const double spilled =
      machine.second_cache_holds(scratch_bytes) ? 0 : 2 * scratch_bytes * byte_cycles(machine, scratch_bytes);
  const double hidden = spilled + cells * kRowCellCycles + outputs * (kRowOutputCycles + kResultCycles) +
                        (coefficients - 1) * contraction_cycles(machine, whole, choice.block) +
                        contraction_cycles(machine, product_of_tiles(shape.width / 2), choice.block) +
                        kCallCycles * (2 * coefficients + 2);
  choice.cycles = shape.has_cold_weights ? with_cold_weights(shape, form.side() * kWinogradWindow, hidden) : hidden;
  return choice;
}

}  // namespace

WinogradChoice choose_winograd(const Machine& machine, const ConvolutionShape& shape, std::int64_t tile) {
  if (tile == kRowTile && shape.can_filter_rows) {
    return fastest_of_rows(machine, shape, nullptr);
  }
  return fastest(machine, shape, shape.stride == 1 ? std::max<std::int64_t>(tile, 2) : 2, nullptr);
}

WinogradChoice choose_winograd(const Machine& machine, const ConvolutionShape& shape, const WinogradChoice& packed) {
  if (packed.tile == kRowTile) {
    return fastest_of_rows(machine, shape, &packed);
  }
  return fastest(machine, shape, packed.tile, &packed);
}

double with_cold_weights(const ConvolutionShape& shape, std::int64_t cells, double cycles) {
  const std::int64_t bytes = cells * shape.depth * shape.columns * static_cast<std::int64_t>(size_bytes(shape.dtype));
  const double memory = kColdByteCycles * static_cast<double>(bytes);
  return std::max(cycles, memory) + kExposed * std::min(cycles, memory);
}

double winograd_cycles(const Machine& machine, const WinogradStep& step,
                       const std::map<std::string, std::int64_t>& bounds) {
  ConvolutionShape shape{.dtype = step.left.dtype, .stride = step.stride, .depth = step.depth, .columns = step.columns};
  const std::size_t axes = step.positions.size();
  for (std::size_t axis = 0; axis + 2 < axes; ++axis) {
    shape.images *= std::max<std::int64_t>(1, step.positions[axis].upper_bound(bounds).value_or(1));
  }
  shape.height = step.positions[axes - 2].constant();
  shape.width = step.positions[axes - 1].constant();
  return cycles_of(machine, shape,
                   {.tile = step.tile,
                    .tiles_at_once = step.tiles_at_once,
                    .columns_at_once = step.columns_at_once,
                    .block = step.block});
}

}  // namespace kdlc::plan
