// Strassen's seven products as steps, and their bound of the error.
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

namespace {

void leave_out_plain_weights(Step& step, std::int64_t samples) {
  if (auto* loop = std::get_if<LoopStep>(&step.kernel)) {
    leave_out_plain_weights(loop->steps, samples);
    return;
  }
  auto* contraction = std::get_if<ContractionStep>(&step.kernel);
  if (contraction == nullptr || !may_use_strassen(*contraction)) {
    return;
  }
  const Dim& rows = contraction->rows.front();
  const bool counts_samples = rows == Dim::batch() * Dim(contraction->strassen->rows);
  if (rows.is_constant() || (counts_samples && samples == 1)) {
    contraction->right.index = contraction->strassen->right.index;
  }
}

}  // namespace

void leave_out_plain_weights(std::vector<Step>& steps, std::int64_t samples) {
  for (Step& step : steps) {
    leave_out_plain_weights(step, samples);
  }
}

void leave_out_plain_weights(std::vector<Region>& regions) {
  for (Region& region : regions) {
    for (Share& share : region.shares) {
      leave_out_plain_weights(share.step, 1);
    }
  }
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

}  // namespace kdlc::plan
