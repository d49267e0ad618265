// Winograd's minimal filtering: convolutions of 3 × 3 cells with fewer multiplications.
//
//   Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A       d: the cells of a tile, g: the window, Y: t × t outputs
//
// The matrices come from polynomials known at t + 1 points and at infinity (Lavin and Gray, Fast Algorithms for
// Convolutional Neural Networks, 2016): 0, ±1 for t = 2; 0, ±5/8, ±3/2 for t = 4. t = 2 needs 16 multiplications
// for 4 outputs instead of 36, t = 4 needs 36 for 16 instead of 144.
//
// With stride 2 a row of outputs is the sum of two filters of stride 1: one of the cells of even number, with the first
// and the last weight of the window, and one of those of odd number, with the weight between. The first is minimal
// filtering F(t, 2), from t points and infinity: 0 and 1 for t = 2. The second needs t multiplications and no
// transform. Both along both axes: 25 multiplications for 4 outputs instead of 36.
//
// Error. Every rounding is amplified by what the transforms add up: winograd_error() is a bound in the manner of
// Barabasz et al., Error Analysis and Improving the Accuracy of Winograd Convolution, 2020. It holds for the worst of
// all inputs; on random ones the error of t = 4 is about twice that of the direct sum in float, below 1e-5 of the
// largest output for hundreds of channels, and that of t = 2 is below it. Points are those with the least error among
// symmetric ones whose transforms are exact in float: 0, ±1, ±2 of the first paper have four times the error.
// Stride 2 has less than half the bound of stride 1 with t = 2.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "plan/plan.hpp"

namespace kdlc::plan {

/// Cells along one side of a window.
constexpr std::int64_t kWinogradWindow = 3;
/// Stands for tiles of 1 × 2 outputs: minimal filtering along x alone, see winograd_rows.hpp.
constexpr std::int64_t kRowTile = 1;

/// What the transforms depend on. Tiles are of 2 × 2 or 4 × 4 outputs, with stride 2 of 2 × 2.
struct WinogradForm {
  std::int64_t tile = 4;
  std::int64_t stride = 1;

  /// Cells that so many neighbouring outputs see along one axis.
  [[nodiscard]] std::int64_t cells_of(std::int64_t outputs) const { return (outputs - 1) * stride + kWinogradWindow; }
  /// Cells, and likewise coefficients, along one side of a tile.
  [[nodiscard]] std::int64_t side() const { return cells_of(tile); }
  [[nodiscard]] std::int64_t coefficients() const { return side() * side(); }
};
WinogradForm form_of(const WinogradStep& step);

/// The positive points of stride 1; their negatives, 0 and infinity are the others. A tile has twice as many outputs
/// along a side.
std::span<const double> winograd_points(std::int64_t tile);

using Matrix = std::vector<std::vector<double>>;
struct WinogradMatrices {
  Matrix cells;  // Bᵀ: one row for each coefficient along a side. Stride 1: points in the order 0, p, -p, …, infinity;
                 // stride 2: points and infinity, then the cells of odd number
  Matrix weights;  // G: 3 columns
  Matrix results;  // Aᵀ: t rows
};
WinogradMatrices winograd_matrices(const WinogradForm& form);

/// How far an output in f32 can be from the exact sum at most, as a multiple of
/// 9 × depth × the largest cell × the largest weight.
double winograd_error(const WinogradForm& form, std::int64_t depth);

/// What the step reads: sizes and strides over o…, cells along y and x, and channels.
struct WinogradCells {
  std::vector<Dim> sizes;
  Access access;
};
WinogradCells cells_of(const WinogradStep& step);

/// What a step holds in its scratch, one behind the other. All coefficients of a tile lie together: transforms touch
/// few pages at a time.
struct WinogradScratch {
  Access coefficients;  // strides over coefficient, tile, channel
  Access products;      // strides over coefficient, tile, column
  Access cells;  // of one tile at the edge, with zeros where there are none: strides over y, x, channel as in `left`
  std::int64_t bytes = 0;
};
WinogradScratch winograd_scratch(const WinogradStep& step);

/// Tiles along y and x, and whether the last ones stand out over the edge.
struct TileGrid {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  bool has_tail_rows = false;
  bool has_tail_columns = false;
};
TileGrid tile_grid(const WinogradStep& step);
/// The tiles of all images, in the order of their positions.
Dim tile_count(const WinogradStep& step);

/// Elements of the packed weights from a part of the columns to the next, for each column of the part.
std::int64_t weights_of_column(const WinogradStep& step);

/// The products of the first `tiles` tiles in scratch with `columns` columns from `first_column` on.
ContractionStep product_of(const WinogradStep& step, const Dim& tiles, const Dim& first_column, std::int64_t columns);

// ---- choice ------------------------------------------------------------------------------------------------------

/// A convolution that Winograd's form can compute.
struct ConvolutionShape {
  DType dtype = DType::f32;
  std::int64_t stride = 1;
  std::int64_t images = 1;
  std::int64_t height = 1;  // of the output
  std::int64_t width = 1;
  std::int64_t depth = 1;
  std::int64_t columns = 1;
  bool has_cold_weights = false;  // the model's weights outgrow the near caches: every call brings them anew
  bool can_filter_rows = false;   // along x alone
};

struct WinogradChoice {
  std::int64_t tile = 4;
  std::int64_t tiles_at_once = 1;
  std::int64_t columns_at_once = 1;
  ContractionBlock block;
  double cycles = 0;
};

/// The fastest way with tiles of this size, or of the next smaller one that the stride has.
WinogradChoice choose_winograd(const Machine& machine, const ConvolutionShape& shape, std::int64_t tile);
/// The same for weights that are packed already in the panels and parts of columns of another choice.
WinogradChoice choose_winograd(const Machine& machine, const ConvolutionShape& shape, const WinogradChoice& packed);

/// Cycles of a convolution that take `cycles` without bringing its weights, `cells` for each pair of channels.
double with_cold_weights(const ConvolutionShape& shape, std::int64_t cells, double cycles);

/// Cycles of a step with every size at its bound.
double winograd_cycles(const Machine& machine, const WinogradStep& step,
                       const std::map<std::string, std::int64_t>& bounds);

}  // namespace kdlc::plan
