// Sizes as numbers: their values, bounds and symbols.
#include <algorithm>
#include <limits>
#include <set>

#include "support/assert.hpp"
#include "types/checked_integer.hpp"
#include "types/dim.hpp"

namespace kdlc {
namespace {

void collect_symbols(const Dim& dim, std::set<std::string>& symbols) {
  for (const Dim::Term& term : dim.terms()) {
    if (term.opaque == Dim::Opaque::symbol) {
      symbols.insert(term.symbol);
    }
    for (const Dim& operand : term.operands) {
      collect_symbols(operand, symbols);
    }
  }
}

Checked evaluate_atom(const Dim::Term& term, const std::map<std::string, std::int64_t>& values) {
  if (term.opaque == Dim::Opaque::symbol) {
    const auto found = values.find(term.symbol);
    return found == values.end() ? Checked() : found->second;
  }
  std::vector<std::int64_t> numbers;
  for (const Dim& operand : term.operands) {
    const Checked number = operand.evaluate(values);
    if (!number) {
      return std::nullopt;
    }
    numbers.push_back(*number);
  }
  switch (term.opaque) {
    case Dim::Opaque::symbol:
      break;
    case Dim::Opaque::floor_divide:
      return checked_floor_divide(numbers[0], numbers[1]);
    case Dim::Opaque::remainder:
      return checked_remainder(numbers[0], numbers[1]);
    case Dim::Opaque::product: {
      Checked product = 1;
      for (const std::int64_t number : numbers) {
        product = product ? checked_multiply(*product, number) : product;
      }
      return product;
    }
    case Dim::Opaque::minimum:
      return std::min(numbers[0], numbers[1]);
    case Dim::Opaque::maximum:
      return std::max(numbers[0], numbers[1]);
  }
  KDLC_UNREACHABLE("every kind of term has its value");
}

struct Interval {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

std::optional<Interval> multiply(const Interval& left, const Interval& right) {
  Interval result = {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
  for (const std::int64_t a : {left.low, left.high}) {
    for (const std::int64_t b : {right.low, right.high}) {
      const Checked product = checked_multiply(a, b);
      if (!product) {
        return std::nullopt;
      }
      result = {std::min(result.low, *product), std::max(result.high, *product)};
    }
  }
  return result;
}

std::optional<Interval> interval_of(const Dim& dim, const std::map<std::string, std::int64_t>& bounds);

std::optional<Interval> interval_of_atom(const Dim::Term& term, const std::map<std::string, std::int64_t>& bounds) {
  if (term.opaque == Dim::Opaque::symbol) {
    const auto found = bounds.find(term.symbol);
    return found == bounds.end() ? std::optional<Interval>() : Interval{term.symbol == "N" ? 1 : 0, found->second};
  }
  std::vector<Interval> parts;
  for (const Dim& operand : term.operands) {
    const std::optional<Interval> part = interval_of(operand, bounds);
    if (!part) {
      return std::nullopt;
    }
    parts.push_back(*part);
  }
  switch (term.opaque) {
    case Dim::Opaque::symbol:
      break;
    case Dim::Opaque::floor_divide: {
      // Monotone in both operands only where the divisor keeps one sign.
      if (parts[1].low <= 0) {
        return std::nullopt;
      }
      Interval result = {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
      for (const std::int64_t numerator : {parts[0].low, parts[0].high}) {
        for (const std::int64_t divisor : {parts[1].low, parts[1].high}) {
          const std::int64_t quotient = *checked_floor_divide(numerator, divisor);
          result = {std::min(result.low, quotient), std::max(result.high, quotient)};
        }
      }
      return result;
    }
    case Dim::Opaque::remainder:
      return parts[1].low <= 0 ? std::optional<Interval>() : Interval{0, parts[1].high - 1};
    case Dim::Opaque::product: {
      std::optional<Interval> product = Interval{1, 1};
      for (const Interval& part : parts) {
        product = product ? multiply(*product, part) : product;
      }
      return product;
    }
    case Dim::Opaque::minimum:
      return Interval{std::min(parts[0].low, parts[1].low), std::min(parts[0].high, parts[1].high)};
    case Dim::Opaque::maximum:
      return Interval{std::max(parts[0].low, parts[1].low), std::max(parts[0].high, parts[1].high)};
  }
  KDLC_UNREACHABLE("every kind of term has its interval");
}

std::optional<Interval> interval_of(const Dim& dim, const std::map<std::string, std::int64_t>& bounds) {
  Interval sum = {dim.constant_part(), dim.constant_part()};
  for (const Dim::Term& term : dim.terms()) {
    const std::optional<Interval> atom = interval_of_atom(term, bounds);
    const std::optional<Interval> scaled =
        atom ? multiply(*atom, Interval{term.coefficient, term.coefficient}) : std::nullopt;
    const Checked low = scaled ? checked_add(sum.low, scaled->low) : std::nullopt;
    const Checked high = scaled ? checked_add(sum.high, scaled->high) : std::nullopt;
    if (!low || !high) {
      return std::nullopt;
    }
    sum = {*low, *high};
  }
  return sum;
}

}  // namespace

std::vector<std::string> Dim::symbols() const {
  std::set<std::string> found;
  collect_symbols(*this, found);
  found.erase(too_large().terms_[0].symbol);
  return {found.begin(), found.end()};
}

std::optional<std::int64_t> Dim::evaluate(const std::map<std::string, std::int64_t>& values) const {
  Checked sum = constant_;
  for (const Term& term : terms_) {
    const Checked atom = evaluate_atom(term, values);
    const Checked scaled = atom ? checked_multiply(*atom, term.coefficient) : atom;
    sum = scaled ? checked_add(*sum, *scaled) : scaled;
    if (!sum) {
      return std::nullopt;
    }
  }
  return sum;
}

std::optional<std::int64_t> Dim::upper_bound(const std::map<std::string, std::int64_t>& bounds) const {
  const std::optional<Interval> interval = interval_of(*this, bounds);
  return interval ? std::optional(interval->high) : std::nullopt;
}

}  // namespace kdlc
