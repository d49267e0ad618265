// Even and odd parts of the polynomials behind Winograd's transforms.
#include "codegen/kernels/winograd_transforms.hpp"

#include <algorithm>

#include "codegen/expression.hpp"
#include "plan/winograd.hpp"

namespace kdlc::codegen {
namespace {

/// Factors of the powers of y in the product of (y - p²), the constant one first.
std::vector<double> product_over(const std::vector<double>& points, std::size_t left_out) {
  std::vector<double> factors = {1};
  for (std::size_t index = 0; index < points.size(); ++index) {
    if (index == left_out) {
      continue;
    }
    factors.insert(factors.begin(), 0);
    for (std::size_t power = 0; power + 1 < factors.size(); ++power) {
      factors[power] -= points[index] * points[index] * factors[power + 1];
    }
  }
  return factors;
}

}  // namespace

WinogradTransforms::WinogradTransforms(Emitter& emitter, const plan::WinogradForm& form, DType dtype)
    : emitter_(emitter),
      dtype_(dtype),
      size_(static_cast<std::size_t>(form.side())),
      has_pairs_(form.stride == 1),
      matrices_(plan::winograd_matrices(form)) {
  output_groups_.resize(2);
  for (std::size_t output = 0; output < static_cast<std::size_t>(form.tile); ++output) {
    output_groups_[output % 2].push_back(output);
  }
  if (!has_pairs_) {
    for (std::size_t coefficient = 0; coefficient < size_; ++coefficient) {
      coefficient_groups_.push_back({coefficient});
    }
    return;
  }
  const std::span<const double> points = plan::winograd_points(form.tile);
  points_.assign(points.begin(), points.end());
  all_ = product_over(points_, points_.size());
  coefficient_groups_.push_back({0});
  for (std::size_t pair = 0; pair < points_.size(); ++pair) {
    without_.push_back(product_over(points_, pair));
    coefficient_groups_.push_back({2 * pair + 1, 2 * pair + 2});
  }
  coefficient_groups_.push_back({size_ - 1});
}

llvm::Value* WinogradTransforms::multiply_add(llvm::Value* value, double factor, llvm::Value* sum) {
  llvm::IRBuilder<>& builder = emitter_.builder;
  if (factor == 1) {
    return sum == nullptr ? value : builder.CreateFAdd(sum, value);
  }
  if (factor == -1) {
    return sum == nullptr ? builder.CreateFNeg(value) : builder.CreateFSub(sum, value);
  }
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(value->getType());
  llvm::Value* constant = emitter_.constant(dtype_, factor, vector == nullptr ? 1 : vector->getNumElements());
  return sum == nullptr ? builder.CreateFMul(value, constant)
                        : emit_multiply_add(emitter_, dtype_, value, constant, sum);
}

llvm::Value* WinogradTransforms::every_second(std::span<llvm::Value* const> values, std::size_t first,
                                              std::span<const double> factors) {
  llvm::Value* sum = nullptr;
  for (std::size_t power = factors.size(); power-- > 0;) {
    sum = multiply_add(values[first + 2 * power], factors[power], sum);
  }
  return sum;
}

llvm::Value* WinogradTransforms::combined(const std::vector<double>& row, std::span<llvm::Value* const> values) {
  llvm::Value* sum = nullptr;
  for (std::size_t index = row.size(); index-- > 0;) {
    if (row[index] != 0) {
      sum = multiply_add(values[index], row[index], sum);
    }
  }
  return sum;
}

std::vector<llvm::Value*> WinogradTransforms::coefficients(std::size_t group, std::span<llvm::Value* const> cells) {
  if (!has_pairs_) {
    return {combined(matrices_.cells[group], cells)};
  }
  if (group == 0 || group + 1 == coefficient_groups_.size()) {
    return {every_second(cells, group == 0 ? 0 : 1, all_)};
  }
  const std::size_t pair = group - 1;
  llvm::Value* even = every_second(cells, 2, without_[pair]);
  llvm::Value* odd = every_second(cells, 1, without_[pair]);
  return {multiply_add(odd, points_[pair], even), multiply_add(odd, -points_[pair], even)};
}

bool WinogradTransforms::uses_cell(std::size_t group, std::size_t cell) const {
  if (!has_pairs_) {
    return matrices_.cells[group][cell] != 0;
  }
  if (group == 0) {
    return cell % 2 == 0;
  }
  return group + 1 == coefficient_groups_.size() ? cell % 2 == 1 : cell > 0 && cell + 1 < size_;
}

std::vector<llvm::Value*> WinogradTransforms::outputs(std::size_t group, std::span<llvm::Value* const> products) {
  if (!has_pairs_) {
    std::vector<llvm::Value*> results;
    for (const std::size_t output : output_groups_[group]) {
      results.push_back(combined(matrices_.results[output], products));
    }
    return results;
  }
  llvm::IRBuilder<>& builder = emitter_.builder;
  const bool is_even = group == 0;
  std::vector<llvm::Value*> pairs;
  for (std::size_t pair = 0; pair < points_.size(); ++pair) {
    llvm::Value* positive = products[2 * pair + 1];
    llvm::Value* negative = products[2 * pair + 2];
    pairs.push_back(is_even ? builder.CreateFAdd(positive, negative) : builder.CreateFSub(positive, negative));
  }
  std::vector<llvm::Value*> results;
  for (const std::size_t output : output_groups_[group]) {
    llvm::Value* sum = output == 0 ? products.front() : output + 3 == size_ ? products.back() : nullptr;
    for (std::size_t pair = 0; pair < points_.size(); ++pair) {
      double factor = 1;
      for (std::size_t power = 0; power < output; ++power) {
        factor *= points_[pair];
      }
      sum = multiply_add(pairs[pair], factor, sum);
    }
    results.push_back(sum);
  }
  return results;
}

bool WinogradTransforms::uses_product(std::size_t group, std::size_t product) const {
  if (!has_pairs_) {
    return std::any_of(output_groups_[group].begin(), output_groups_[group].end(),
                       [&](std::size_t output) { return matrices_.results[output][product] != 0; });
  }
  return (group == 0 || product > 0) && (group == 1 || product + 1 < size_);
}

}  // namespace kdlc::codegen
