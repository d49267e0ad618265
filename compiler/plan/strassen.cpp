// Strassen's seven products as steps, their bound of the error, and their cost.
#include "plan/strassen.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "plan/step_accesses.hpp"
#include "support/assert.hpp"

namespace kdlc::plan {
namespace {

using graph::MapBuilder;
using graph::MapExpression;

constexpr std::array<int, 4> quarters(int first, int second, int third, int fourth) {
  return {first, second, third, fourth};
}

std::int64_t half(const Dim& size) {
  return size.constant() / 2;
}

/// What the steps of one product share.
class Product {
public:
  Product(const ContractionStep& step, std::size_t number, const Dim& first_row, std::int64_t rows)
      : step_(step), form_(*step.strassen), number_(number), term_(kStrassenTerms[number]), first_row_(first_row) {
    rows_ = step.rows;
    rows_.front() = rows;
  }

  [[nodiscard]] StrassenProduct make() const {
    StrassenProduct product{.sum = {}, .to_one = {}, .to_other = {}};
    std::vector<std::size_t> left = used(term_.left);
    const std::vector<std::size_t> outputs = used(term_.output);
    if (left.size() == 2) {
      if (term_.left[left.front()] < 0) {
        std::swap(left.front(), left.back());
      }
      product.sum = sum_of(left);
    }
    const Access operand = left.size() == 2 ? form_.scratch : left_quarter(left.front());
    product.to_one = product_into(outputs.front(), operand);
    if (outputs.size() == 2) {
      product.to_other = product_into(outputs.back(), operand);
    }
    return product;
  }

private:
  static std::vector<std::size_t> used(const std::array<int, 4>& signs) {
    std::vector<std::size_t> result;
    for (std::size_t quarter = 0; quarter < signs.size(); ++quarter) {
      if (signs[quarter] != 0) {
        result.push_back(quarter);
      }
    }
    return result;
  }

  /// Rows of a tensor with rows in front of another axis.
  [[nodiscard]] Access quarter_of(Access access, std::size_t quarter, std::int64_t columns) const {
    const Dim begin = first_row_ + Dim(quarter / 2 == 0 ? 0 : form_.rows / 2);
    move_by(access, access.strides.front() * begin);
    move_by(access, access.strides.back() * Dim(quarter % 2 == 0 ? 0 : columns));
    return access;
  }
  [[nodiscard]] Access left_quarter(std::size_t quarter) const {
    return quarter_of(step_.left, quarter, half(step_.depth.front()));
  }

  [[nodiscard]] MapStep sum_of(const std::vector<std::size_t>& left) const {
    MapStep sum{.axes = rows_, .expression = {}, .inputs = {}, .output = form_.scratch};
    sum.axes.push_back(half(step_.depth.front()));
    for (const std::size_t quarter : left) {
      sum.inputs.push_back(left_quarter(quarter));
    }
    MapBuilder builder;
    sum.expression = builder.finish(signed_sum(builder, builder.operand(0, step_.left.dtype),
                                               builder.operand(1, step_.left.dtype), term_.left[left.back()]));
    return sum;
  }

  static MapBuilder::Value signed_sum(MapBuilder& builder, MapBuilder::Value one, MapBuilder::Value other, int sign) {
    return sign > 0 ? builder.add(one, other) : builder.subtract(one, other);
  }

  /// The product added to what stands in a quarter of the output, or stored there where nothing does; with the epilogue
  /// where nothing else will be added.
  [[nodiscard]] ContractionStep product_into(std::size_t quarter, const Access& left) const {
    const auto adds = [&](const StrassenTerm& term) { return term.output[quarter] != 0; };
    const auto here = kStrassenTerms.begin() + static_cast<std::ptrdiff_t>(number_);
    const bool is_first = std::none_of(kStrassenTerms.begin(), here, adds);
    const bool is_last = std::none_of(here + 1, kStrassenTerms.end(), adds);
    KDLC_ASSERT(!is_first || term_.output[quarter] > 0, "what is stored first is not turned");
    KDLC_ASSERT(!is_first || !is_last, "a quarter is the sum of several products");
    ContractionStep product;
    product.rows = rows_;
    product.depth = {half(step_.depth.front())};
    product.columns = half(step_.columns);
    product.block = form_.block;
    product.left = left;
    product.right = form_.right;
    move_by(product.right, form_.right.strides.front() * Dim(static_cast<std::int64_t>(number_)));
    product.right.strides.clear();
    product.right_is_packed = true;
    product.fetches_ahead = step_.fetches_ahead;
    product.output = quarter_of(step_.output, quarter, half(step_.columns));
    if (is_first) {
      return product;
    }
    product.epilogue_operands = {product.output};
    MapBuilder builder;
    const DType dtype = step_.output.dtype;
    MapBuilder::Value value =
        signed_sum(builder, builder.operand(1, dtype), builder.operand(0, dtype), term_.output[quarter]);
    if (is_last && !step_.epilogue.terms.empty()) {
      std::vector<MapBuilder::Value> operands = {value};
      for (const Access& operand : step_.epilogue_operands) {
        product.epilogue_operands.push_back(quarter_of(operand, quarter, half(step_.columns)));
        operands.push_back(builder.operand(static_cast<std::uint32_t>(operands.size() + 1), operand.dtype));
      }
      value = builder.inline_expression(step_.epilogue, operands);
    }
    product.epilogue = builder.finish(value);
    return product;
  }

  const ContractionStep& step_;
  const StrassenForm& form_;
  std::size_t number_;
  const StrassenTerm& term_;
  const Dim& first_row_;
  std::vector<Dim> rows_;
};

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

}  // namespace

const std::array<StrassenTerm, kStrassenProducts> kStrassenTerms = {{
    {quarters(1, 0, 0, 1), quarters(1, 0, 0, 1), quarters(1, 0, 0, 1)},
    {quarters(0, 0, 0, 1), quarters(-1, 0, 1, 0), quarters(1, 0, 1, 0)},
    {quarters(0, 0, 1, 1), quarters(1, 0, 0, 0), quarters(0, 0, 1, -1)},
    {quarters(1, 0, 0, 0), quarters(0, 1, 0, -1), quarters(0, 1, 0, 1)},
    {quarters(1, 1, 0, 0), quarters(0, 0, 0, 1), quarters(-1, 1, 0, 0)},
    {quarters(0, 1, 0, -1), quarters(0, 0, 1, 1), quarters(1, 0, 0, 0)},
    {quarters(-1, 0, 1, 0), quarters(1, 1, 0, 0), quarters(0, 0, 0, 1)},
}};

double strassen_error(std::int64_t depth) {
  // The largest output of the formula with every number taken as positive, for elements of 1: C00 and C11 are sums of
  // products of 2 × 2, 1 × 2, 2 × 1 and 2 × 2 over half of the depth, 12 in place of the 2 of the direct sum.
  constexpr double kAmplification = 6;
  // On the way of a number, at most: one rounding of a left sum, one of weights, one for each product, three of
  // outputs.
  const double roundings = std::ldexp(static_cast<double>(depth / 2 + 5), -24);
  return kAmplification * roundings / (1 - roundings);
}

bool may_use_strassen(const ContractionStep& step) {
  return step.strassen && step.columns == Dim(step.strassen->columns) &&
         (!step.rows.front().is_constant() || step.rows.front() == Dim(step.strassen->rows));
}

std::int64_t strassen_bytes(const std::vector<Step>& steps) {
  std::int64_t bytes = 0;
  for (const Step& step : steps) {
    const auto* contraction = std::get_if<ContractionStep>(&step.kernel);
    if (contraction != nullptr && contraction->strassen) {
      const Access& right = contraction->strassen->right;
      bytes +=
          static_cast<std::int64_t>(kStrassenProducts * size_bytes(right.dtype)) * right.strides.front().constant();
    }
  }
  return bytes;
}

StrassenProduct strassen_product(const ContractionStep& step, std::size_t number, const Dim& first_row,
                                 std::int64_t rows) {
  return Product(step, number, first_row, rows).make();
}

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
  product.cell_bytes = kTouches * element / static_cast<std::int64_t>(kStrassenProducts);
  StrassenChoice choice;
  choice.block = packed != nullptr ? choose_contraction_block(machine, product, packed->vectors, packed->lanes)
                                   : choose_contraction_block(machine, product);
  choice.block.columns_outermost = true;
  choice.block.band_rows = 0;
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
