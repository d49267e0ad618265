// `require` on sizes known only at run time: rules that every call is checked against, and facts for what follows.
#include <algorithm>
#include <numeric>

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

std::string text_of_rule(const Elaboration& elaboration, const syntax::RequireDecl& declaration) {
  return declaration.message.value_or(
      fmt::format("`{}` does not hold", elaboration.sources.text(declaration.condition->span)));
}

bool is_dim_of(const syntax::Body& model, std::string_view name) {
  return std::ranges::any_of(model.declarations, [&](const syntax::Decl& declaration) {
    const auto* dims = std::get_if<syntax::DimDecl>(&declaration.node);
    return dims != nullptr && std::ranges::any_of(dims->dims, [&](const auto& dim) { return dim.name.text == name; });
  });
}

const syntax::Expr& without_parentheses(const syntax::Expr& expression) {
  const auto* tuple = std::get_if<syntax::TupleExpr>(&expression.node);
  return tuple != nullptr && tuple->is_parenthesis ? without_parentheses(*tuple->items.front()) : expression;
}

/// `T % 4 == 0`, also where several are joined by `and`.
void note_multiples(Body& body, const syntax::Body& model, const syntax::Expr& condition, const std::string& text) {
  const auto* binary = std::get_if<syntax::Binary>(&without_parentheses(condition).node);
  if (binary != nullptr && binary->op == syntax::BinaryOp::logical_and) {
    note_multiples(body, model, *binary->left, text);
    note_multiples(body, model, *binary->right, text);
    return;
  }
  const auto* rest = binary == nullptr || binary->op != syntax::BinaryOp::equal
                         ? nullptr
                         : std::get_if<syntax::Binary>(&without_parentheses(*binary->left).node);
  const auto* dim = rest == nullptr || rest->op != syntax::BinaryOp::remainder
                        ? nullptr
                        : std::get_if<syntax::NameRef>(&without_parentheses(*rest->left).node);
  if (dim == nullptr || !is_dim_of(model, dim->name)) {
    return;
  }
  const Value zero = evaluate(body, *binary->right);
  const Value divisor = evaluate(body, *rest->right);
  const auto* number = zero.as<std::int64_t>();
  const auto* multiple = divisor.as<std::int64_t>();
  constexpr std::int64_t kLargestMultiple = 1 << 20;
  if (number == nullptr || *number != 0 || multiple == nullptr || *multiple < 2 || *multiple > kLargestMultiple) {
    return;
  }
  std::int64_t& known = body.elaboration.multiples.try_emplace(dim->name, 1).first->second;
  known = std::min(std::lcm(known, *multiple), kLargestMultiple * kLargestMultiple);
  body.elaboration.graph.size_rules.push_back({{Dim(0) - remainder(Dim::symbol(dim->name), Dim(*multiple))}, text});
}

}  // namespace

void find_multiples(Body& body, const syntax::Body& model) {
  const std::size_t reported = body.elaboration.pending.size();
  for (const syntax::Decl& declaration : model.declarations) {
    if (const auto* require = std::get_if<syntax::RequireDecl>(&declaration.node)) {
      note_multiples(body, model, *require->condition, text_of_rule(body.elaboration, *require));
    }
  }
  body.elaboration.pending.truncate(reported);
}

Dim dim_of_run_time(const Elaboration& elaboration, const std::string& name) {
  const auto multiple = elaboration.multiples.find(name);
  const Dim dim = Dim::symbol(name);
  return multiple == elaboration.multiples.end() ? dim
                                                 : floor_divide(dim, Dim(multiple->second)) * Dim(multiple->second);
}

TensorType with_plain_dims(const Elaboration& elaboration, TensorType type) {
  for (const auto& [name, multiple] : elaboration.multiples) {
    const Dim dim = Dim::symbol(name);
    const Dim part = floor_divide(dim, Dim(multiple));
    for (Dim& axis : type.shape.axes) {
      for (const Dim::Term& term : std::vector(axis.terms())) {
        const bool is_part =
            term.opaque == part.terms().front().opaque && term.operands == part.terms().front().operands;
        if (is_part && term.coefficient % multiple == 0) {
          axis = axis - part * Dim(term.coefficient) + dim * Dim(term.coefficient / multiple);
        }
      }
    }
  }
  return type;
}

bool becomes_size_rule(Body& body, const syntax::RequireDecl& declaration) {
  Elaboration& elaboration = body.elaboration;
  const std::size_t reported = elaboration.pending.size();
  const std::optional<Clauses> clauses = clauses_of(body, *declaration.condition, false);
  elaboration.pending.truncate(reported);
  if (!clauses || std::all_of(clauses->begin(), clauses->end(), is_known)) {
    return false;
  }
  const std::string text = text_of_rule(elaboration, declaration);
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
