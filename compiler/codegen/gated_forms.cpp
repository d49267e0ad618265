// Finds gelu and silu in an expression by their operations.
#include "codegen/gated_forms.hpp"

#include <numbers>

#include "graph/rounding.hpp"

namespace kdlc::codegen {
namespace {

using graph::MapExpression;
using graph::MapOp;
using graph::MapTerm;

/// Where `term` is this operation on this number and something, in either order: that.
std::optional<std::uint32_t> partner_of_number(const MapExpression& expression, const MapTerm& term, MapOp op,
                                               double number) {
  if (term.op != op) {
    return std::nullopt;
  }
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const MapTerm& argument = expression.terms[term.arguments[side]];
    if (argument.op == MapOp::constant && argument.number == graph::round_to_float(number, argument.dtype)) {
      return term.arguments[1 - side];
    }
  }
  return std::nullopt;
}

/// x, where the factors are x / 2 and 1 + erf(x / √2).
std::optional<std::uint32_t> argument_of(const MapExpression& expression, const MapTerm& half, const MapTerm& sum) {
  const auto x = partner_of_number(expression, half, MapOp::multiply, 0.5);
  const auto erf = partner_of_number(expression, sum, MapOp::add, 1);
  if (!x || !erf || expression.terms[*erf].op != MapOp::erf) {
    return std::nullopt;
  }
  const MapTerm& scaled = expression.terms[expression.terms[*erf].arguments[0]];
  const bool is_same = partner_of_number(expression, scaled, MapOp::multiply, std::numbers::sqrt2 / 2) == x;
  return is_same ? x : std::nullopt;
}

}  // namespace

std::optional<std::uint32_t> gelu_argument(const MapExpression& expression, const MapTerm& term) {
  if (term.op != MapOp::multiply || !is_float(term.dtype)) {
    return std::nullopt;
  }
  const MapTerm& left = expression.terms[term.arguments[0]];
  const MapTerm& right = expression.terms[term.arguments[1]];
  const auto x = argument_of(expression, left, right);
  return x ? x : argument_of(expression, right, left);
}

std::optional<std::uint32_t> silu_argument(const MapExpression& expression, const MapTerm& term) {
  if (term.op != MapOp::multiply || !is_float(term.dtype)) {
    return std::nullopt;
  }
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const std::uint32_t x = term.arguments[1 - side];
    const MapTerm& gate = expression.terms[term.arguments[side]];
    if (gate.op == MapOp::sigmoid && gate.arguments[0] == x) {
      return x;
    }
  }
  return std::nullopt;
}

}  // namespace kdlc::codegen
