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

std::vector<std::size_t> used(const std::array<int, 4>& signs) {
  std::vector<std::size_t> result;
  for (std::size_t quarter = 0; quarter < signs.size(); ++quarter) {
    if (signs[quarter] != 0) {
      result.push_back(quarter);
    }
  }
  return result;
}

bool is_sum(const StrassenTerm& term) {
  return used(term.left).size() > 1;
}

/// What the steps of one product share.
class Product {
public:
  Product(const ContractionStep& step, const StrassenPart& part)
      : step_(step),
        form_(*step.strassen),
        part_(part),
        terms_(strassen_terms(form_.variant)),
        term_(terms_[part.number]),
        first_column_(part.turn * form_.columns_at_once) {
    rows_ = step.rows;
    rows_.front() = part.rows;
  }

  [[nodiscard]] StrassenProduct make() const {
    StrassenProduct product{.sum = {}, .to_one = {}, .to_other = {}};
    if (is_sum(term_) && part_.turn == 0) {
      product.sum = sum_of_left();
    }
    const Access operand = is_sum(term_) ? sums() : left_quarter(used(term_.left).front());
    product.to_one = product_into(term_.to_one, operand);
    if (term_.to_other) {
      product.to_other = product_into(*term_.to_other, operand);
    }
    return product;
  }

private:
  /// Rows of a tensor with rows in front of another axis.
  [[nodiscard]] Access quarter_of(Access access, std::size_t quarter, std::int64_t columns) const {
    const Dim begin = part_.first_row + Dim(quarter / 2 == 0 ? 0 : form_.rows / 2);
    move_by(access, access.strides.front() * begin);
    move_by(access, access.strides.back() * Dim(quarter % 2 == 0 ? 0 : columns));
    return access;
  }
  [[nodiscard]] Access left_quarter(std::size_t quarter) const {
    return quarter_of(step_.left, quarter, half(step_.depth.front()));
  }
  [[nodiscard]] Access output_quarter(Access access, std::size_t quarter) const {
    move_by(access, access.strides.back() * Dim(first_column_));
    return quarter_of(std::move(access), quarter, half(step_.columns));
  }

  /// Elements of the sums of one product.
  [[nodiscard]] Dim sum_elements() const { return form_.scratch.strides.front() * Dim(form_.rows_at_once); }

  [[nodiscard]] Access sums() const {
    Access access = form_.scratch;
    if (strassen_turns(form_) > 1) {
      const auto before =
          std::count_if(terms_.begin(), terms_.begin() + static_cast<std::ptrdiff_t>(part_.number), is_sum);
      move_by(access, sum_elements() * Dim(before));
    }
    return access;
  }

  [[nodiscard]] Access kept(std::int64_t index) const {
    Access access = form_.scratch;
    move_by(access, sum_elements() * Dim(strassen_sums(form_)));
    Dim elements = form_.columns_at_once;
    access.strides = {elements, 1};
    for (std::size_t axis = step_.rows.size() - 1; axis > 0; --axis) {
      elements = elements * step_.rows[axis];
      access.strides.insert(access.strides.begin(), elements);
    }
    move_by(access, elements * Dim(form_.rows_at_once * index));
    return access;
  }

  [[nodiscard]] Access place_of(StrassenPlace place) const {
    switch (place) {
      case StrassenPlace::c00:
      case StrassenPlace::c01:
      case StrassenPlace::c10:
      case StrassenPlace::c11:
        return output_quarter(step_.output, static_cast<std::size_t>(place));
      case StrassenPlace::first_kept:
        return kept(0);
      case StrassenPlace::second_kept:
        return kept(1);
    }
    KDLC_UNREACHABLE("every place is somewhere");
  }

  [[nodiscard]] MapStep sum_of_left() const {
    std::vector<std::size_t> quarters = used(term_.left);
    std::stable_sort(quarters.begin(), quarters.end(),
                     [&](std::size_t one, std::size_t other) { return term_.left[one] > term_.left[other]; });
    MapStep sum{.axes = rows_, .expression = {}, .inputs = {}, .output = sums()};
    sum.axes.push_back(half(step_.depth.front()));
    MapBuilder builder;
    std::optional<MapBuilder::Value> value;
    for (const std::size_t quarter : quarters) {
      const MapBuilder::Value next = builder.operand(static_cast<std::uint32_t>(sum.inputs.size()), step_.left.dtype);
      value = value ? signed_sum(builder, *value, next, term_.left[quarter]) : next;
      sum.inputs.push_back(left_quarter(quarter));
    }
    sum.expression = builder.finish(*value);
    return sum;
  }

  static MapBuilder::Value signed_sum(MapBuilder& builder, MapBuilder::Value one, MapBuilder::Value other, int sign) {
    return sign > 0 ? builder.add(one, other) : builder.subtract(one, other);
  }

  /// Whether no product behind this one has to do with what stands there.
  [[nodiscard]] bool is_final(StrassenPlace place) const {
    const auto behind = terms_.begin() + static_cast<std::ptrdiff_t>(part_.number) + 1;
    return place <= StrassenPlace::c11 && std::none_of(behind, terms_.end(), [&](const StrassenTerm& term) {
             return term.to_one.to == place || (term.to_other && term.to_other->to == place);
           });
  }

  /// The product added to what stands somewhere, or stored alone; with the epilogue where nothing else will be added.
  [[nodiscard]] ContractionStep product_into(const StrassenTarget& target, const Access& left) const {
    ContractionStep product;
    product.rows = rows_;
    product.depth = {half(step_.depth.front())};
    product.columns = form_.columns_at_once;
    product.block = form_.block;
    product.left = left;
    product.right = form_.right;
    move_by(product.right, form_.right.strides.front() * Dim(part_.turn));
    move_by(product.right, form_.right.strides.back() * Dim(static_cast<std::int64_t>(part_.number)));
    product.right.strides.clear();
    product.right_is_packed = true;
    product.fetches_ahead = step_.fetches_ahead;
    product.output = place_of(target.to);
    KDLC_ASSERT(target.from || (target.sign > 0 && !is_final(target.to)), "a quarter is a sum of several products");
    if (!target.from) {
      return product;
    }
    product.epilogue_operands = {place_of(*target.from)};
    MapBuilder builder;
    const DType dtype = step_.output.dtype;
    MapBuilder::Value value = signed_sum(builder, builder.operand(1, dtype), builder.operand(0, dtype), target.sign);
    if (is_final(target.to) && !step_.epilogue.terms.empty()) {
      std::vector<MapBuilder::Value> operands = {value};
      for (const Access& operand : step_.epilogue_operands) {
        product.epilogue_operands.push_back(output_quarter(operand, static_cast<std::size_t>(target.to)));
        operands.push_back(builder.operand(static_cast<std::uint32_t>(operands.size() + 1), operand.dtype));
      }
      value = builder.inline_expression(step_.epilogue, operands);
    }
    product.epilogue = builder.finish(value);
    return product;
  }

  const ContractionStep& step_;
  const StrassenForm& form_;
  const StrassenPart& part_;
  const std::array<StrassenTerm, kStrassenProducts>& terms_;
  const StrassenTerm& term_;
  std::int64_t first_column_;
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

const std::array<StrassenTerm, kStrassenProducts>& strassen_terms(StrassenVariant variant) {
  using enum StrassenPlace;
  static constexpr std::array<StrassenTerm, kStrassenProducts> kStrassen = {{
      {quarters(1, 0, 0, 1), quarters(1, 0, 0, 1), {c00, {}}, StrassenTarget{c11, {}}},
      {quarters(0, 0, 0, 1), quarters(-1, 0, 1, 0), {c00, c00}, StrassenTarget{c10, {}}},
      {quarters(0, 0, 1, 1), quarters(1, 0, 0, 0), {c10, c10}, StrassenTarget{c11, c11, -1}},
      {quarters(1, 0, 0, 0), quarters(0, 1, 0, -1), {c01, {}}, StrassenTarget{c11, c11}},
      {quarters(1, 1, 0, 0), quarters(0, 0, 0, 1), {c00, c00, -1}, StrassenTarget{c01, c01}},
      {quarters(0, 1, 0, -1), quarters(0, 0, 1, 1), {c00, c00}, {}},
      {quarters(-1, 0, 1, 0), quarters(1, 1, 0, 0), {c11, c11}, {}},
  }};
  static constexpr std::array<StrassenTerm, kStrassenProducts> kWinograd = {{
      {quarters(1, 0, 0, 0), quarters(1, 0, 0, 0), {first_kept, {}}, {}},
      {quarters(0, 1, 0, 0), quarters(0, 0, 1, 0), {c00, first_kept}, {}},
      {quarters(-1, 0, 1, 1), quarters(1, -1, 0, 1), {first_kept, first_kept}, {}},
      {quarters(1, 0, -1, 0), quarters(0, -1, 0, 1), {second_kept, first_kept}, {}},
      {quarters(0, 0, 1, 1), quarters(-1, 1, 0, 0), {c11, second_kept}, StrassenTarget{first_kept, first_kept}},
      {quarters(0, 0, 0, 1), quarters(1, -1, -1, 1), {c10, second_kept, -1}, {}},
      {quarters(1, 1, -1, -1), quarters(0, 0, 0, 1), {c01, first_kept}, {}},
  }};
  switch (variant) {
    case StrassenVariant::strassen:
      return kStrassen;
    case StrassenVariant::winograd:
      return kWinograd;
  }
  KDLC_UNREACHABLE("every variant has its products");
}

std::int64_t strassen_turns(const StrassenForm& form) {
  return form.columns / (2 * form.columns_at_once);
}

std::int64_t strassen_sums(const StrassenForm& form) {
  const auto& terms = strassen_terms(form.variant);
  return strassen_turns(form) > 1 ? std::count_if(terms.begin(), terms.end(), is_sum) : 1;
}

double strassen_error(StrassenVariant variant, std::int64_t depth) {
  // The largest output of the formula with every number taken as positive, for elements of 1: C00 and C11 are sums of
  // products of 2 × 2, 1 × 2, 2 × 1 and 2 × 2 over half of the depth, 12 in place of the 2 of the direct sum; of
  // Winograd's variant C01 is one of 1 × 1, 3 × 3, 2 × 2 and 4 × 1, 18 in all, and others have as much.
  const double amplification = variant == StrassenVariant::strassen ? 6 : 9;
  // On the way of a number, at most: one for each product, and one rounding of a left sum, one of weights, three of
  // outputs; of Winograd's variant two, two and three.
  const std::int64_t sums = variant == StrassenVariant::strassen ? 5 : 7;
  const double roundings = std::ldexp(static_cast<double>(depth / 2 + sums), -24);
  return amplification * roundings / (1 - roundings);
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
      bytes += strassen_turns(*contraction->strassen) * static_cast<std::int64_t>(size_bytes(right.dtype)) *
               right.strides.front().constant();
    }
  }
  return bytes;
}

StrassenProduct strassen_product(const ContractionStep& step, const StrassenPart& part) {
  return Product(step, part).make();
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
