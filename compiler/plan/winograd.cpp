// The matrices of Winograd's form, the layout of its scratch, and its products as a contraction.
#include "plan/winograd.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "plan/arena.hpp"
#include "plan/contraction_blocks.hpp"
#include "plan/step_accesses.hpp"
#include "support/assert.hpp"

namespace kdlc::plan {
namespace {

/// Coefficients of the product of (x - root) over all roots, the constant one first.
std::vector<double> polynomial(const std::vector<double>& roots) {
  std::vector<double> result = {1};
  for (const double root : roots) {
    result.insert(result.begin(), 0);
    for (std::size_t power = 0; power + 1 < result.size(); ++power) {
      result[power] -= root * result[power + 1];
    }
  }
  return result;
}

std::vector<double> finite_points(std::int64_t tile) {
  std::vector<double> points = {0};
  for (const double point : winograd_points(tile)) {
    points.push_back(point);
    points.push_back(-point);
  }
  return points;
}

Matrix zeros(std::size_t rows, std::size_t columns) {
  return Matrix(rows, std::vector<double>(columns, 0));
}

/// Minimal filtering along one axis with a window of `window` cells, by the points and infinity.
WinogradMatrices minimal_filter(const std::vector<double>& points, std::size_t window) {
  const std::size_t size = points.size() + 1;
  WinogradMatrices matrices{
      .cells = zeros(size, size), .weights = zeros(size, window), .results = zeros(size + 1 - window, size)};
  for (std::size_t row = 0; row < size; ++row) {
    const bool is_infinite = row == points.size();
    std::vector<double> others;
    double scale = 1;
    for (std::size_t other = 0; other < points.size(); ++other) {
      if (other != row) {
        others.push_back(points[other]);
        scale *= is_infinite ? 1 : points[row] - points[other];
      }
    }
    const std::vector<double> coefficients = polynomial(others);
    std::copy(coefficients.begin(), coefficients.end(), matrices.cells[row].begin());
    double power = 1;
    for (std::size_t column = 0; column < window; ++column) {
      matrices.weights[row][column] = is_infinite ? (column + 1 == window ? 1 : 0) : power / scale;
      power *= is_infinite ? 1 : points[row];
    }
    power = 1;
    for (std::vector<double>& result : matrices.results) {
      result[row] = is_infinite ? 0 : power;
      power *= is_infinite ? 1 : points[row];
    }
  }
  matrices.results.back().back() = 1;
  return matrices;
}

/// Stride 2: `even` between the cells of even number, and products of those of odd number as they are.
WinogradMatrices with_cells_between(const WinogradMatrices& even) {
  const std::size_t tile = even.results.size();
  const std::size_t even_size = even.cells.size();
  const std::size_t size = even_size + tile;
  WinogradMatrices matrices{
      .cells = zeros(size, size), .weights = zeros(size, kWinogradWindow), .results = zeros(tile, size)};
  for (std::size_t row = 0; row < even_size; ++row) {
    for (std::size_t cell = 0; cell < even_size; ++cell) {
      matrices.cells[row][2 * cell] = even.cells[row][cell];
    }
    matrices.weights[row] = {even.weights[row][0], 0, even.weights[row][1]};
  }
  for (std::size_t output = 0; output < tile; ++output) {
    std::copy(even.results[output].begin(), even.results[output].end(), matrices.results[output].begin());
    matrices.results[output][even_size + output] = 1;
    matrices.cells[even_size + output][2 * output + 1] = 1;
    matrices.weights[even_size + output][1] = 1;
  }
  return matrices;
}

/// Bytes of a tile of `rows` rows: an odd number of cache lines, so that neighbouring tiles do not fall into the same
/// sets of the first-level cache.
std::int64_t tile_bytes(std::int64_t rows, std::int64_t row_bytes) {
  const std::int64_t lines = (rows * row_bytes + kLineBytes - 1) / kLineBytes;
  return (lines + (lines % 2 == 0 ? 1 : 0)) * kLineBytes;
}

Access part_of_scratch(const WinogradStep& step, std::int64_t offset_bytes, Strides strides) {
  Access access = step.scratch;
  access.offset_bytes = access.offset_bytes + offset_bytes;
  access.dtype = step.left.dtype;
  access.strides = std::move(strides);
  return access;
}

}  // namespace

std::span<const double> winograd_points(std::int64_t tile) {
  static constexpr std::array<double, 1> kOfTwo = {1};
  static constexpr std::array<double, 2> kOfFour = {0.625, 1.5};
  KDLC_ASSERT(tile == 2 || tile == 4, "tiles are of 2 × 2 or 4 × 4 outputs");
  return tile == 2 ? std::span<const double>(kOfTwo) : kOfFour;
}

WinogradForm form_of(const WinogradStep& step) {
  return {.tile = step.tile, .stride = step.stride};
}

WinogradMatrices winograd_matrices(const WinogradForm& form) {
  if (form.stride == 1) {
    return minimal_filter(finite_points(form.tile), kWinogradWindow);
  }
  KDLC_ASSERT(form.stride == 2 && form.tile == 2, "tiles of stride 2 are of 2 × 2 outputs");
  return with_cells_between(minimal_filter({0, 1}, kWinogradWindow - 1));
}

double winograd_error(const WinogradForm& form, std::int64_t depth) {
  const WinogradMatrices matrices = winograd_matrices(form);
  // The largest output of the formula with every number taken as positive, for cells and weights of 1. Windows and
  // transforms are the same along both axes, so that it is the square of what one axis gives.
  const auto sum = [](const std::vector<double>& row) {
    return std::accumulate(row.begin(), row.end(), 0.0, [](double all, double one) { return all + std::abs(one); });
  };
  double largest = 0;
  for (const std::vector<double>& result : matrices.results) {
    double output = 0;
    for (std::size_t row = 0; row < result.size(); ++row) {
      output += std::abs(result[row]) * sum(matrices.weights[row]) * sum(matrices.cells[row]);
    }
    largest = std::max(largest, output);
  }
  const double amplification = largest * largest / static_cast<double>(kWinogradWindow * kWinogradWindow);
  // On the way of a number, at most: six roundings of cells, four of weights and their matrix, one for each product,
  // eight of outputs.
  const double roundings = std::ldexp(static_cast<double>(depth + 18), -24);
  return amplification * roundings / (1 - roundings);
}

WinogradScratch winograd_scratch(const WinogradStep& step) {
  const auto element = static_cast<std::int64_t>(size_bytes(step.left.dtype));
  const std::int64_t count = form_of(step).coefficients();
  const std::int64_t coefficient = off_whole_pages(step.depth * element);
  const std::int64_t product = off_whole_pages(step.columns_at_once * element);
  const std::int64_t coefficients = tile_bytes(count, coefficient);
  const std::int64_t products = tile_bytes(count, product);
  WinogradScratch scratch;
  scratch.coefficients = part_of_scratch(step, 0, {coefficient / element, coefficients / element, 1});
  scratch.products =
      part_of_scratch(step, step.tiles_at_once * coefficients, {product / element, products / element, 1});
  scratch.bytes = step.tiles_at_once * (coefficients + products);
  const TileGrid grid = tile_grid(step);
  if (grid.has_tail_rows || grid.has_tail_columns) {
    const std::size_t axes = step.positions.size();
    const WinogradCells cells = cells_of(step);
    const Dim& row = cells.access.strides[axes - 2];
    const Dim& column = cells.access.strides[axes - 1];
    scratch.cells = part_of_scratch(step, scratch.bytes, {row, column, 1});
    scratch.bytes += ((form_of(step).side() - 1) * (row.constant() + column.constant()) + step.depth) * element;
  }
  return scratch;
}

WinogradCells cells_of(const WinogradStep& step) {
  WinogradCells cells{.sizes = step.positions, .access = step.left};
  const std::size_t axes = step.positions.size();
  for (std::size_t axis = axes - 2; axis < axes; ++axis) {
    cells.sizes[axis] = form_of(step).cells_of(step.positions[axis].constant());
    cells.access.strides[axis] = step.left.strides[axis].constant() / step.stride;
  }
  cells.sizes.emplace_back(step.depth);
  return cells;
}

TileGrid tile_grid(const WinogradStep& step) {
  const std::size_t axes = step.positions.size();
  const std::int64_t height = step.positions[axes - 2].constant();
  const std::int64_t width = step.positions[axes - 1].constant();
  return {.rows = (height + step.tile - 1) / step.tile,
          .columns = (width + step.tile - 1) / step.tile,
          .has_tail_rows = height % step.tile != 0,
          .has_tail_columns = width % step.tile != 0};
}

std::int64_t weights_of_column(const WinogradStep& step) {
  return step.depth * form_of(step).coefficients();
}

Dim tile_count(const WinogradStep& step) {
  const TileGrid grid = tile_grid(step);
  Dim count = grid.rows * grid.columns;
  for (std::size_t axis = 0; axis + 2 < step.positions.size(); ++axis) {
    count = count * step.positions[axis];
  }
  return count;
}

ContractionStep product_of(const WinogradStep& step, const Dim& tiles, const Dim& first_column, std::int64_t columns) {
  const WinogradScratch scratch = winograd_scratch(step);
  ContractionStep product;
  product.outer = {form_of(step).coefficients()};
  product.rows = {tiles};
  product.depth = {step.depth};
  product.columns = columns;
  product.block = step.block;
  product.left = scratch.coefficients;
  product.right = step.right;
  move_by(product.right, first_column * Dim(weights_of_column(step)));
  product.right_is_packed = true;
  product.fetches_ahead = step.fetches_ahead;
  product.output = scratch.products;
  return product;
}

}  // namespace kdlc::plan
