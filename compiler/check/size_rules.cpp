// `require` on sizes known only at run time: rules that every call is checked against, and facts for what follows.
#include <algorithm>

#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "check/size_facts.hpp"

namespace kdlc::check {

namespace {

/// All of these hold; in each of them one size at least is not negative.
using Clauses = std::vector<std::vector<Dim>>;

/// How an operator reads when the condition around it is denied.
syntax::BinaryOp opposite_of(syntax::BinaryOp op) {
  switch (op) {
    case syntax::BinaryOp::equal:
      return syntax::BinaryOp::not_equal;
    case syntax::BinaryOp::not_equal:
      return syntax::BinaryOp::equal;
    case syntax::BinaryOp::less:
      return syntax::BinaryOp::greater_equal;
    case syntax::BinaryOp::less_equal:
      return syntax::BinaryOp::greater;
    case syntax::BinaryOp::greater:
      return syntax::BinaryOp::less_equal;
    case syntax::BinaryOp::greater_equal:
      return syntax::BinaryOp::less;
    case syntax::BinaryOp::logical_and:
      return syntax::BinaryOp::logical_or;
    case syntax::BinaryOp::logical_or:
      return syntax::BinaryOp::logical_and;
    default:
      return op;
  }
}

/// nullopt for operators that compare no sizes.
std::optional<Clauses> compare(syntax::BinaryOp op, const Dim& left, const Dim& right) {
  switch (op) {
    case syntax::BinaryOp::equal:
      return Clauses{{left - right}, {right - left}};
    case syntax::BinaryOp::not_equal:
      return Clauses{{left - right - 1, right - left - 1}};
    case syntax::BinaryOp::less:
      return Clauses{{right - left - 1}};
    case syntax::BinaryOp::less_equal:
      return Clauses{{right - left}};
    case syntax::BinaryOp::greater:
      return Clauses{{left - right - 1}};
    case syntax::BinaryOp::greater_equal:
      return Clauses{{left - right}};
    default:
      return std::nullopt;
  }
}

Clauses either(const Clauses& left, const Clauses& right) {
  Clauses clauses;
  for (const std::vector<Dim>& one : left) {
    for (const std::vector<Dim>& other : right) {
      clauses.push_back(one);
      clauses.back().insert(clauses.back().end(), other.begin(), other.end());
    }
  }
  return clauses;
}

/// The condition, or what it denies, as clauses; nullopt when it is none about sizes and settings.
std::optional<Clauses> clauses_of(Body& body, const syntax::Expr& condition, bool is_denied) {
  if (const auto* unary = std::get_if<syntax::Unary>(&condition.node)) {
    return unary->op == syntax::UnaryOp::logical_not ? clauses_of(body, *unary->operand, !is_denied) : std::nullopt;
  }
  const auto* binary = std::get_if<syntax::Binary>(&condition.node);
  if (binary == nullptr) {
    const Value value = evaluate(body, condition);
    const bool* holds = value.as<bool>();
    return holds == nullptr ? std::nullopt : std::optional(*holds != is_denied ? Clauses{} : Clauses{{Dim(-1)}});
  }
  const syntax::BinaryOp op = is_denied ? opposite_of(binary->op) : binary->op;
  if (op == syntax::BinaryOp::logical_and || op == syntax::BinaryOp::logical_or) {
    std::optional<Clauses> left = clauses_of(body, *binary->left, is_denied);
    const std::optional<Clauses> right = clauses_of(body, *binary->right, is_denied);
    if (!left || !right) {
      return std::nullopt;
    }
    if (op == syntax::BinaryOp::logical_or) {
      return either(*left, *right);
    }
    left->insert(left->end(), right->begin(), right->end());
    return left;
  }
  const std::optional<Dim> left = as_dim(evaluate(body, *binary->left));
  const std::optional<Dim> right = as_dim(evaluate(body, *binary->right));
  return left && right ? compare(op, *left, *right) : std::nullopt;
}

bool is_known(const std::vector<Dim>& clause) {
  return std::all_of(clause.begin(), clause.end(), [](const Dim& dim) { return dim.is_constant(); });
}

}  // namespace

bool becomes_size_rule(Body& body, const syntax::RequireDecl& declaration) {
  Elaboration& elaboration = body.elaboration;
  const std::size_t reported = elaboration.pending.size();
  const std::optional<Clauses> clauses = clauses_of(body, *declaration.condition, false);
  elaboration.pending.truncate(reported);
  if (!clauses || std::all_of(clauses->begin(), clauses->end(), is_known)) {
    return false;
  }
  const std::string text = declaration.message.value_or(
      fmt::format("`{}` does not hold", elaboration.sources.text(declaration.condition->span)));
  for (const std::vector<Dim>& clause : *clauses) {
    const bool always_holds = std::any_of(clause.begin(), clause.end(),
                                          [](const Dim& dim) { return dim.is_constant() && dim.constant() >= 0; });
    if (always_holds) {
      continue;
    }
    elaboration.graph.size_rules.push_back({clause, text});
    if (clause.size() == 1) {
      elaboration.never_negative.push_back(clause.front());
    }
  }
  return true;
}

}  // namespace kdlc::check
