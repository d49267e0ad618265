// Division of sizes without rest: that of polynomials, with symbols and opaque terms as their unknowns.
#include <algorithm>

#include "types/dim.hpp"

namespace kdlc {
namespace {

/// More terms than any quotient of sizes has; keeps the division finite.
constexpr int kMostTerms = 16;

/// The unknowns that a term multiplies.
std::vector<Dim::Term> factors_of(const Dim::Term& term) {
  std::vector<Dim::Term> factors;
  if (term.opaque == Dim::Opaque::product) {
    for (const Dim& operand : term.operands) {
      factors.push_back(operand.terms().front());
    }
  } else {
    factors.push_back(term);
    factors.back().coefficient = 1;
  }
  return factors;
}

/// The factors of `total` without those of `divisor`; nullopt when some are not among them.
std::optional<std::vector<Dim::Term>> without_factors(const Dim::Term& total, const Dim::Term& divisor) {
  std::vector<Dim::Term> rest = factors_of(total);
  for (const Dim::Term& factor : factors_of(divisor)) {
    const auto place = std::find(rest.begin(), rest.end(), factor);
    if (place == rest.end()) {
      return std::nullopt;
    }
    rest.erase(place);
  }
  return rest;
}

}  // namespace

std::optional<Dim> exact_quotient(const Dim& total, const Dim& divisor) {
  if (total.is_too_large() || divisor.is_too_large() || divisor == Dim(0)) {
    return std::nullopt;
  }
  if (divisor.is_constant()) {
    const Dim quotient = floor_divide(total, divisor);
    return quotient * divisor == total ? std::optional(quotient) : std::nullopt;
  }
  // Long division by the divisor's first term.
  const Dim::Term& leader = divisor.terms_.front();
  Dim quotient;
  Dim rest = total;
  for (int turn = 0; turn < kMostTerms && !(rest == Dim(0)); ++turn) {
    std::optional<Dim> part;
    for (const Dim::Term& term : rest.terms_) {
      const auto factors = without_factors(term, leader);
      if (factors && term.coefficient % leader.coefficient == 0) {
        part = Dim(term.coefficient / leader.coefficient);
        for (const Dim::Term& factor : *factors) {
          part = *part * Dim::from_parts(0, {factor});
        }
        break;
      }
    }
    if (!part) {
      return std::nullopt;
    }
    quotient = quotient + *part;
    rest = rest - *part * divisor;
  }
  return rest == Dim(0) ? std::optional(quotient) : std::nullopt;
}

}  // namespace kdlc
