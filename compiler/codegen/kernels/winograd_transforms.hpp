// The one-dimensional transforms of Winograd's form as vector code, in factored form. Private to kernels/.
//
// Points come in pairs ±p, so each pair of rows of Bᵀ is an even and an odd part, added and subtracted, and each output
// is made of sums or of differences of the products at such pairs: 12 multiply-adds for 6 cells, 12 for 6 products.
// Those of stride 2 are sums over the few numbers of a row of their matrix that are not 0.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "codegen/emitter.hpp"
#include "plan/winograd.hpp"

namespace kdlc::codegen {

class WinogradTransforms {
public:
  WinogradTransforms(Emitter& emitter, const plan::WinogradForm& form, DType dtype);

  /// Coefficients of which each group shares its parts: {0}, {1, 2}, …, {t + 1}; none does with stride 2.
  [[nodiscard]] const std::vector<std::vector<std::size_t>>& coefficient_groups() const { return coefficient_groups_; }
  /// The coefficients of one group from the cells along one side.
  std::vector<llvm::Value*> coefficients(std::size_t group, std::span<llvm::Value* const> cells);
  /// The cells that a group looks at.
  [[nodiscard]] bool uses_cell(std::size_t group, std::size_t cell) const;

  /// Outputs that share their parts: those of even and those of odd number.
  [[nodiscard]] const std::vector<std::vector<std::size_t>>& output_groups() const { return output_groups_; }
  /// The outputs of one group from the products along one side.
  std::vector<llvm::Value*> outputs(std::size_t group, std::span<llvm::Value* const> products);
  [[nodiscard]] bool uses_product(std::size_t group, std::size_t product) const;

  /// Cells, and likewise coefficients, along one side of a tile.
  [[nodiscard]] std::size_t size() const { return size_; }

private:
  /// value × factor + sum; sum may be nullptr.
  llvm::Value* multiply_add(llvm::Value* value, double factor, llvm::Value* sum);
  /// The sum of factors[k] × values[first + 2 k]; the last factor is 1.
  llvm::Value* every_second(std::span<llvm::Value* const> values, std::size_t first, std::span<const double> factors);

  /// The sum of row[k] × values[k].
  llvm::Value* combined(const std::vector<double>& row, std::span<llvm::Value* const> values);

  Emitter& emitter_;
  DType dtype_;
  std::size_t size_;
  bool has_pairs_;  // stride 1
  plan::WinogradMatrices matrices_;
  std::vector<double> points_;
  std::vector<double> all_;                   // factors of the product of (x² - p²) over all points, as powers of x²
  std::vector<std::vector<double>> without_;  // over all points but one
  std::vector<std::vector<std::size_t>> coefficient_groups_;
  std::vector<std::vector<std::size_t>> output_groups_;
};

}  // namespace kdlc::codegen
