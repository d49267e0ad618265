// Arithmetic of sizes in one canonical form.
#include "types/dim.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "support/assert.hpp"
#include "types/checked_integer.hpp"

namespace kdlc {
namespace {

// No identifier of the language has a space in it.
constexpr std::string_view kTooLarge = "too large";

bool needs_brackets(const Dim& dim) {
  return !dim.is_constant() && (dim.constant_part() != 0 || dim.terms().size() > 1 || dim.terms()[0].coefficient != 1);
}
std::string bracketed(const Dim& dim) {
  return needs_brackets(dim) ? "(" + dim.to_text() + ")" : dim.to_text();
}

/// The term without its coefficient.
std::string atom_text(const Dim::Term& term) {
  const auto& operands = term.operands;
  switch (term.opaque) {
    case Dim::Opaque::symbol:
      return term.symbol;
    case Dim::Opaque::floor_divide:
      return "floor(" + bracketed(operands[0]) + " / " + bracketed(operands[1]) + ")";
    case Dim::Opaque::remainder:
      return bracketed(operands[0]) + " % " + bracketed(operands[1]);
    case Dim::Opaque::product: {
      std::string text;
      for (const Dim& factor : operands) {
        text += (text.empty() ? "" : " * ") + bracketed(factor);
      }
      return text;
    }
    case Dim::Opaque::minimum:
      return "min(" + operands[0].to_text() + ", " + operands[1].to_text() + ")";
    case Dim::Opaque::maximum:
      return "max(" + operands[0].to_text() + ", " + operands[1].to_text() + ")";
  }
  KDLC_UNREACHABLE("every kind of term has its text");
}

/// The operands of the product of two terms, atoms in order of their text.
std::vector<Dim> product_factors(const Dim& left, const Dim& right) {
  std::vector<Dim> factors;
  for (const Dim* side : {&left, &right}) {
    const Dim::Term& term = side->terms()[0];
    if (term.opaque == Dim::Opaque::product) {
      factors.insert(factors.end(), term.operands.begin(), term.operands.end());
    } else {
      factors.push_back(*side);
    }
  }
  std::ranges::sort(factors, {}, [](const Dim& factor) { return factor.to_text(); });
  return factors;
}

}  // namespace

bool Dim::Term::operator==(const Term&) const = default;
bool Dim::operator==(const Dim&) const = default;

Dim Dim::symbol(std::string name) {
  return from_parts(0, {Term{.coefficient = 1, .opaque = Opaque::symbol, .symbol = std::move(name), .operands = {}}});
}

Dim Dim::too_large() {
  return symbol(std::string(kTooLarge));
}

std::int64_t Dim::constant() const {
  KDLC_ASSERT(is_constant(), "only a size without symbols is a number");
  return constant_;
}

bool Dim::is_symbol() const {
  return constant_ == 0 && terms_.size() == 1 && terms_[0].coefficient == 1 && terms_[0].opaque == Opaque::symbol &&
         !is_too_large();
}

bool Dim::is_batch() const {
  return is_symbol() && terms_[0].symbol == "N";
}

bool Dim::is_too_large() const {
  return terms_.size() == 1 && terms_[0].symbol == kTooLarge;
}

bool Dim::mentions_batch() const {
  const std::vector<std::string> all = symbols();
  return std::ranges::find(all, "N") != all.end();
}

std::string Dim::to_text() const {
  if (terms_.empty()) {
    return std::to_string(constant_);
  }
  // `5 - T` reads better than `-T + 5`.
  const bool constant_first = constant_ > 0 && terms_[0].coefficient < 0;
  std::string text = constant_first ? std::to_string(constant_) : "";
  for (const Term& term : terms_) {
    const bool negative = term.coefficient < 0;
    text += text.empty() ? (negative ? "-" : "") : (negative ? " - " : " + ");
    const std::string coefficient = std::to_string(term.coefficient);
    const std::string magnitude = negative ? coefficient.substr(1) : coefficient;
    const std::string atom = atom_text(term);
    const bool is_remainder = term.opaque == Opaque::remainder;
    text += magnitude == "1" ? atom : magnitude + " * " + (is_remainder ? "(" + atom + ")" : atom);
  }
  if (constant_ != 0 && !constant_first) {
    const std::string number = std::to_string(constant_);
    text += constant_ < 0 ? " - " + number.substr(1) : " + " + number;
  }
  return text;
}

Dim Dim::from_parts(std::int64_t constant, std::vector<Term> terms) {
  std::map<std::string, Term> merged;
  for (Term& term : terms) {
    if (term.symbol == kTooLarge) {
      Dim result;
      result.terms_.push_back({.coefficient = 1, .opaque = Opaque::symbol, .symbol = term.symbol, .operands = {}});
      return result;
    }
    const std::string key = atom_text(term);
    const auto [place, is_new] = merged.try_emplace(key, term);
    if (!is_new) {
      const Checked sum = checked_add(place->second.coefficient, term.coefficient);
      if (!sum) {
        return too_large();
      }
      place->second.coefficient = *sum;
    }
  }
  Dim result(constant);
  for (auto& [key, term] : merged) {
    if (term.coefficient != 0) {
      result.terms_.push_back(std::move(term));
    }
  }
  return result;
}

Dim Dim::opaque(Opaque kind, std::vector<Dim> operands) {
  return from_parts(0, {Term{.coefficient = 1, .opaque = kind, .symbol = {}, .operands = std::move(operands)}});
}

Dim Dim::scaled(std::int64_t factor) const {
  const Checked constant = checked_multiply(constant_, factor);
  if (!constant) {
    return too_large();
  }
  std::vector<Term> terms = terms_;
  for (Term& term : terms) {
    const Checked coefficient = checked_multiply(term.coefficient, factor);
    if (!coefficient) {
      return too_large();
    }
    term.coefficient = *coefficient;
  }
  return from_parts(*constant, std::move(terms));
}

Dim operator+(const Dim& left, const Dim& right) {
  const Checked constant = checked_add(left.constant_, right.constant_);
  if (!constant) {
    return Dim::too_large();
  }
  std::vector<Dim::Term> terms = left.terms_;
  terms.insert(terms.end(), right.terms_.begin(), right.terms_.end());
  return Dim::from_parts(*constant, std::move(terms));
}

Dim operator-(const Dim& left, const Dim& right) {
  return left + right.scaled(-1);
}

Dim operator*(const Dim& left, const Dim& right) {
  if (left.is_too_large() || right.is_too_large()) {
    return Dim::too_large();
  }
  if (left.is_constant()) {
    return right.scaled(left.constant_);
  }
  // Sums are multiplied out, so that (T + 1) * U and T * U + U are one form.
  Dim result = left.scaled(right.constant_);
  for (const Dim::Term& right_term : right.terms_) {
    result = result + Dim::from_parts(0, {right_term}).scaled(left.constant_);
    for (const Dim::Term& left_term : left.terms_) {
      const Checked coefficient = checked_multiply(left_term.coefficient, right_term.coefficient);
      if (!coefficient) {
        return Dim::too_large();
      }
      Dim left_atom = Dim::from_parts(0, {left_term});
      Dim right_atom = Dim::from_parts(0, {right_term});
      left_atom.terms_[0].coefficient = 1;
      right_atom.terms_[0].coefficient = 1;
      result = result + Dim::opaque(Dim::Opaque::product, product_factors(left_atom, right_atom)).scaled(*coefficient);
    }
  }
  return result;
}

Dim floor_divide(const Dim& left, const Dim& right) {
  if (left.is_too_large() || right.is_too_large()) {
    return Dim::too_large();
  }
  KDLC_ASSERT(right != Dim(0), "a divisor is not zero");
  if (!right.is_constant()) {
    return left == right ? Dim(1) : Dim::opaque(Dim::Opaque::floor_divide, {left, right});
  }
  if (right.constant_ < 0) {
    return floor_divide(left.scaled(-1), right.scaled(-1));
  }
  // a·T + c = d·(q·T + p) + (r·T + s) with 0 <= r, s < d: the multiples of d come out.
  const std::int64_t divisor = right.constant_;
  Dim whole(*checked_floor_divide(left.constant_, divisor));
  Dim rest(*checked_remainder(left.constant_, divisor));
  std::int64_t common = divisor;
  for (const Dim::Term& term : left.terms_) {
    Dim::Term outside = term;
    outside.coefficient = *checked_floor_divide(term.coefficient, divisor);
    Dim::Term inside = term;
    inside.coefficient = *checked_remainder(term.coefficient, divisor);
    common = std::gcd(common, inside.coefficient);
    whole = whole + Dim::from_parts(0, {outside});
    rest = rest + Dim::from_parts(0, {inside});
  }
  if (rest.is_constant()) {
    return whole;
  }
  // floor((g·X + s) / (g·d)) = floor((X + floor(s / g)) / d).
  rest.constant_ /= common;
  for (Dim::Term& term : rest.terms_) {
    term.coefficient /= common;
  }
  // floor((floor(X / e) + s) / d) = floor((X + e·s) / (d·e)).
  const Dim::Term& first = rest.terms_[0];
  if (rest.terms_.size() == 1 && first.coefficient == 1 && first.opaque == Dim::Opaque::floor_divide &&
      first.operands[1].is_constant()) {
    const Dim& inner_divisor = first.operands[1];
    return whole +
           floor_divide(first.operands[0] + inner_divisor * Dim(rest.constant_), inner_divisor * Dim(divisor / common));
  }
  return whole + Dim::opaque(Dim::Opaque::floor_divide, {rest, Dim(divisor / common)});
}

bool are_constant(const std::vector<Dim>& dims) {
  return std::all_of(dims.begin(), dims.end(), [](const Dim& dim) { return dim.is_constant(); });
}

Dim ceil_divide(const Dim& left, const Dim& right) {
  if (right.is_constant() && right.constant() > 0) {
    return floor_divide(left + right - 1, right);
  }
  return Dim(0) - floor_divide(Dim(0) - left, right);
}

Dim remainder(const Dim& left, const Dim& right) {
  if (left.is_too_large() || right.is_too_large()) {
    return Dim::too_large();
  }
  KDLC_ASSERT(right != Dim(0), "a divisor is not zero");
  if (left == right) {
    return 0;
  }
  if (!right.is_constant()) {
    return left == Dim(0) ? Dim(0) : Dim::opaque(Dim::Opaque::remainder, {left, right});
  }
  Dim rest(*checked_remainder(left.constant_, right.constant_));
  for (Dim::Term term : left.terms_) {
    term.coefficient = *checked_remainder(term.coefficient, right.constant_);
    rest = rest + Dim::from_parts(0, {term});
  }
  return rest.is_constant() ? rest : Dim::opaque(Dim::Opaque::remainder, {rest, right});
}

Dim minimum(const Dim& left, const Dim& right) {
  if (left.is_too_large() || right.is_too_large()) {
    return Dim::too_large();
  }
  const Dim difference = left - right;
  if (difference.is_constant()) {
    return difference.constant_ <= 0 ? left : right;
  }
  return left.to_text() <= right.to_text() ? Dim::opaque(Dim::Opaque::minimum, {left, right})
                                           : Dim::opaque(Dim::Opaque::minimum, {right, left});
}

Dim maximum(const Dim& left, const Dim& right) {
  if (left.is_too_large() || right.is_too_large()) {
    return Dim::too_large();
  }
  const Dim difference = left - right;
  if (difference.is_constant()) {
    return difference.constant_ >= 0 ? left : right;
  }
  return left.to_text() <= right.to_text() ? Dim::opaque(Dim::Opaque::maximum, {left, right})
                                           : Dim::opaque(Dim::Opaque::maximum, {right, left});
}

}  // namespace kdlc
