// Intervals of numbers, with what is known of how weights move them.
#include "check/intervals.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "support/assert.hpp"

namespace kdlc::check {

using graph::MapOp;

namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

}  // namespace

bool is_everything(const NumberRange& range) {
  return range.lowest == -kInfinite && range.highest == kInfinite;
}

bool has_own_weight(const NumberRange& range, const NumberRange& other) {
  return !std::ranges::includes(other.weights, range.weights);
}

std::vector<std::uint32_t> weights_of(const NumberRange& left, const NumberRange& right) {
  std::vector<std::uint32_t> all;
  std::ranges::set_union(left.weights, right.weights, std::back_inserter(all));
  return all;
}

namespace {

bool have_no_common_weight(const NumberRange& left, const NumberRange& right) {
  std::vector<std::uint32_t> common;
  std::ranges::set_intersection(left.weights, right.weights, std::back_inserter(common));
  return common.empty();
}

/// The same weights on both sides move both together, so that not every pair of numbers is met: `x / (1 + x)`.
Freedom freedom_of(const NumberRange& left, const NumberRange& right) {
  if (left.freedom == Freedom::fixed) {
    return right.freedom;
  }
  if (right.freedom == Freedom::fixed) {
    return left.freedom;
  }
  const bool both_free = left.freedom == Freedom::free && right.freedom == Freedom::free;
  return both_free && have_no_common_weight(left, right) ? Freedom::free : Freedom::bound;
}

NumberRange within(double lowest, double highest, const NumberRange& source) {
  return {lowest, highest, source.freedom, source.weights};
}

double times(double left, double right) {
  return left == 0 || right == 0 ? 0 : left * right;  // 0 · ∞ is the limit of 0 · large
}

NumberRange joined(const NumberRange& left, const NumberRange& right, double lowest, double highest) {
  const auto or_else = [](double number, double replacement) { return std::isnan(number) ? replacement : number; };
  return {or_else(lowest, -kInfinite), or_else(highest, kInfinite), freedom_of(left, right), weights_of(left, right)};
}

/// A free side that is everything makes everything of a sum, whatever the other side is, if a weight moves it alone.
NumberRange of_sum(const NumberRange& left, const NumberRange& right, double lowest, double highest) {
  NumberRange sum = joined(left, right, lowest, highest);
  for (const auto& [side, other] : {std::pair(&left, &right), std::pair(&right, &left)}) {
    if (side->freedom == Freedom::free && is_everything(*side) && has_own_weight(*side, *other)) {
      sum.freedom = Freedom::free;
    }
  }
  return sum;
}

NumberRange of_product(const NumberRange& left, const NumberRange& right) {
  const auto [lowest, highest] = std::minmax({times(left.lowest, right.lowest), times(left.lowest, right.highest),
                                              times(left.highest, right.lowest), times(left.highest, right.highest)});
  NumberRange product = joined(left, right, lowest, highest);
  const bool is_zero = product.lowest == 0 && product.highest == 0;
  return is_zero ? product : of_sum(left, right, product.lowest, product.highest);
}

NumberRange of_quotient(const NumberRange& left, const NumberRange& right) {
  if (right.lowest < 0 && right.highest > 0) {
    return joined(left, right, -kInfinite, kInfinite);
  }
  // The denominator keeps one sign: its inverse is an interval too. At the side of 0 it is boundless.
  const auto inverse = [](double number, double at_zero) { return number == 0 ? at_zero : 1 / number; };
  const bool is_positive = right.lowest >= 0;
  const NumberRange inverted = is_positive
                                   ? within(inverse(right.highest, 0), inverse(right.lowest, kInfinite), right)
                                   : within(inverse(right.highest, -kInfinite), inverse(right.lowest, 0), right);
  return of_product(left, inverted);
}

NumberRange of_power(const NumberRange& base, const NumberRange& exponent) {
  const bool is_even =
      exponent.lowest == exponent.highest && std::fmod(exponent.lowest, 2.0) == 0 && exponent.lowest > 0;
  const bool is_positive = base.lowest >= 0;
  NumberRange power = joined(base, exponent, is_even || is_positive ? 0 : -kInfinite, kInfinite);
  if (is_positive && exponent.lowest == exponent.highest && exponent.lowest > 0) {
    power.lowest = std::pow(base.lowest, exponent.lowest);
    power.highest = std::pow(base.highest, exponent.lowest);
  } else if (!is_everything(base) || !is_even) {
    power.freedom = Freedom::bound;
  }
  return power;
}

NumberRange of_absolute(const NumberRange& x) {
  const double larger = std::max(std::abs(x.lowest), std::abs(x.highest));
  const double smaller = x.lowest <= 0 && x.highest >= 0 ? 0 : std::min(std::abs(x.lowest), std::abs(x.highest));
  return within(smaller, larger, x);
}

/// A function that rises all the way, at both ends.
template <class Function>
NumberRange of_rising(const NumberRange& x, Function function) {
  return within(function(x.lowest), function(x.highest), x);
}

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

}  // namespace

NumberRange of_unary(MapOp op, const NumberRange& x) {
  switch (op) {
    case MapOp::negate:
      return within(-x.highest, -x.lowest, x);
    case MapOp::absolute:
      return of_absolute(x);
    case MapOp::exp:
      return of_rising(x, [](double number) { return std::exp(number); });
    case MapOp::expm1:
      return of_rising(x, [](double number) { return std::expm1(number); });
    case MapOp::log:
      return of_rising(x, [](double number) { return number <= 0 ? -kInfinite : std::log(number); });
    case MapOp::log1p:
      return of_rising(x, [](double number) { return number <= -1 ? -kInfinite : std::log1p(number); });
    case MapOp::sqrt:
      return of_rising(x, [](double number) { return std::sqrt(std::max(number, 0.0)); });
    case MapOp::rsqrt:
      return within(x.highest <= 0 ? 0 : 1 / std::sqrt(x.highest), x.lowest <= 0 ? kInfinite : 1 / std::sqrt(x.lowest),
                    x);
    case MapOp::tanh:
      return of_rising(x, [](double number) { return std::tanh(number); });
    case MapOp::sigmoid:
      return of_rising(x, sigmoid);
    case MapOp::erf:
      return of_rising(x, [](double number) { return std::erf(number); });
    case MapOp::floor:
      return of_rising(x, [](double number) { return std::floor(number); });
    case MapOp::ceil:
      return of_rising(x, [](double number) { return std::ceil(number); });
    case MapOp::round:
      return of_rising(x, [](double number) { return std::nearbyint(number); });
    case MapOp::sin:
    case MapOp::cos:
    case MapOp::sign:
      return {-1, 1, Freedom::bound, x.weights};
    case MapOp::logical_not:
      return {0, 1, Freedom::bound, x.weights};
    case MapOp::operand:
    case MapOp::constant:
    case MapOp::cast:
    case MapOp::add:
    case MapOp::subtract:
    case MapOp::multiply:
    case MapOp::divide:
    case MapOp::remainder:
    case MapOp::power:
    case MapOp::minimum:
    case MapOp::maximum:
    case MapOp::equal:
    case MapOp::not_equal:
    case MapOp::less:
    case MapOp::less_equal:
    case MapOp::greater:
    case MapOp::greater_equal:
    case MapOp::logical_and:
    case MapOp::logical_or:
    case MapOp::select:
      return {-kInfinite, kInfinite, Freedom::bound, x.weights};  // none of them has one argument
  }
  KDLC_UNREACHABLE("every elementwise operation is listed");
}

NumberRange of_binary(MapOp op, const NumberRange& left, const NumberRange& right) {
  switch (op) {
    case MapOp::add:
      return of_sum(left, right, left.lowest + right.lowest, left.highest + right.highest);
    case MapOp::subtract:
      return of_sum(left, right, left.lowest - right.highest, left.highest - right.lowest);
    case MapOp::multiply:
      return of_product(left, right);
    case MapOp::divide:
      return of_quotient(left, right);
    case MapOp::power:
      return of_power(left, right);
    case MapOp::minimum:
      return joined(left, right, std::min(left.lowest, right.lowest), std::min(left.highest, right.highest));
    case MapOp::maximum:
      return joined(left, right, std::max(left.lowest, right.lowest), std::max(left.highest, right.highest));
    case MapOp::remainder:
      return {-kInfinite, kInfinite, Freedom::bound, weights_of(left, right)};
    case MapOp::equal:
    case MapOp::not_equal:
    case MapOp::less:
    case MapOp::less_equal:
    case MapOp::greater:
    case MapOp::greater_equal:
    case MapOp::logical_and:
    case MapOp::logical_or:
      return {0, 1, Freedom::bound, weights_of(left, right)};
    case MapOp::operand:
    case MapOp::constant:
    case MapOp::cast:
    case MapOp::negate:
    case MapOp::absolute:
    case MapOp::sign:
    case MapOp::exp:
    case MapOp::expm1:
    case MapOp::log:
    case MapOp::log1p:
    case MapOp::sqrt:
    case MapOp::rsqrt:
    case MapOp::tanh:
    case MapOp::sigmoid:
    case MapOp::erf:
    case MapOp::sin:
    case MapOp::cos:
    case MapOp::floor:
    case MapOp::ceil:
    case MapOp::round:
    case MapOp::logical_not:
    case MapOp::select:
      return {-kInfinite, kInfinite, Freedom::bound, weights_of(left, right)};  // none of them has two arguments
  }
  KDLC_UNREACHABLE("every elementwise operation is listed");
}

/// What is one or the other. A free side that is everything is met in the whole.
NumberRange of_either(const NumberRange& left, const NumberRange& right) {
  NumberRange either{std::min(left.lowest, right.lowest), std::max(left.highest, right.highest), Freedom::bound,
                     weights_of(left, right)};
  const bool has_everything = (left.freedom == Freedom::free && is_everything(left)) ||
                              (right.freedom == Freedom::free && is_everything(right));
  const bool is_same = left.freedom == Freedom::free && right.freedom == Freedom::free && left.lowest == right.lowest &&
                       left.highest == right.highest;
  either.freedom = has_everything || is_same ? Freedom::free : Freedom::bound;
  return either;
}

}  // namespace kdlc::check
