// `expect`: what must hold, and what it depends on.
#include <fmt/format.h>

#include "check/test_scope.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

using syntax::BinaryOp;

const syntax::Expr& without_parentheses(const syntax::Expr& expression) {
  const auto* tuple = std::get_if<syntax::TupleExpr>(&expression.node);
  return tuple != nullptr && tuple->is_parenthesis ? without_parentheses(*tuple->items.front()) : expression;
}

bool is_comparison(BinaryOp op) {
  switch (op) {
    case BinaryOp::equal:
    case BinaryOp::not_equal:
    case BinaryOp::less:
    case BinaryOp::less_equal:
    case BinaryOp::greater:
    case BinaryOp::greater_equal:
    case BinaryOp::approximately:
      return true;
    case BinaryOp::add:
    case BinaryOp::subtract:
    case BinaryOp::multiply:
    case BinaryOp::divide:
    case BinaryOp::remainder:
    case BinaryOp::power:
    case BinaryOp::matmul:
    case BinaryOp::logical_and:
    case BinaryOp::logical_or:
      return false;
  }
  KDLC_UNREACHABLE("all operators are listed");
}

/// A side of `~=` as a tensor: numbers take part as they are, in f64.
std::optional<Tensor> side_of(Body& body, const Operand& operand) {
  if (const auto* tensor = operand.value.as<Tensor>()) {
    return *tensor;
  }
  const bool* flag = operand.value.as<bool>();
  const std::optional<double> number = flag != nullptr ? std::nullopt : as_number(operand.value);
  if (number) {
    return Tensor{body.elaboration.builder->scalar(*number, DType::f64), {DType::f64, {}}};
  }
  if (!operand.value.is_unknown()) {
    body.elaboration.pending.add(operand.span, diag::TensorNeeded, describe(operand.value), "~=", "left or right");
  }
  return std::nullopt;
}

/// K314, K321 and K320 for the two sides of `~=`, as for any operator on them.
bool check_sides(Body& body, const OperatorSite& site, const Operand& left, const Operand& right) {
  for (const Operand* side : {&left, &right}) {
    const auto* tensor = side->value.as<Tensor>();
    if (tensor != nullptr && tensor->type.dtype == DType::boolean) {
      body.elaboration.pending.add(site.span, diag::ElementType, tensor->type.to_text(), "~=", "numbers")
          .help("flags are compared by `==`");
      return false;
    }
  }
  if (!left.value.is_tensor() || !right.value.is_tensor()) {
    return true;
  }
  return !combine_tensors(body, BinaryOp::approximately, site, left, right).is_unknown();
}

/// What `within` says; nullopt after reporting.
std::optional<double> evaluate_within(Body& body, const syntax::Expr& within) {
  const Operand operand = evaluate_operand(body, within);
  const std::optional<double> distance = as_number(operand.value);
  if (distance && *distance >= 0) {
    return distance;
  }
  if (!operand.value.is_unknown()) {
    body.elaboration.pending.add(
        operand.span, diag::NoCondition,
        fmt::format("`within` is a number of 0 or more, and {} is none", describe(operand.value)));
  }
  return std::nullopt;
}

/// The two sides, with lists as tensors of the type beside them.
std::pair<Operand, Operand> evaluate_sides(Body& body, const syntax::Binary& comparison) {
  Operand left = evaluate_operand(body, *comparison.left);
  Operand right = evaluate_operand(body, *comparison.right);
  const auto dtype_of = [](const Operand& operand) {
    const auto* tensor = operand.value.as<Tensor>();
    return tensor == nullptr ? std::nullopt : std::optional(tensor->type.dtype);
  };
  left = as_test_tensor(body, std::move(left), dtype_of(right));
  right = as_test_tensor(body, std::move(right), dtype_of(left));
  return {std::move(left), std::move(right)};
}

/// A flag, or a tensor of flags; nullopt after reporting anything else.
std::optional<graph::NodeId> condition_of(Body& body, const Value& value, const Span& span) {
  if (const bool* flag = value.as<bool>()) {
    return body.elaboration.builder->scalar(*flag ? 1 : 0, DType::boolean);
  }
  const auto* tensor = value.as<Tensor>();
  if (tensor != nullptr && tensor->type.dtype == DType::boolean && tensor->node.has_value()) {
    return tensor->node;
  }
  if (!value.is_unknown() && (tensor == nullptr || tensor->type.dtype != DType::boolean)) {
    body.elaboration.pending.add(span, diag::NoCondition, fmt::format("{} is none", describe(value)))
        .help("compare it: `a < b`, or `a ~= b` for nearly equal numbers");
  }
  return std::nullopt;
}

/// A side of a comparison, to be shown when it fails; none for what is no number.
graph::NodeId shown_side(Body& body, const Operand& operand) {
  const auto* tensor = operand.value.as<Tensor>();
  const std::optional<double> number = as_number(operand.value);
  return tensor != nullptr ? tensor->node
         : number          ? body.elaboration.builder->scalar(*number, DType::f64)
                           : graph::NodeId();
}

std::optional<TestExpectation> elaborate_comparison(Body& body, const syntax::Expr& expression,
                                                    const syntax::Binary& comparison) {
  const auto [left, right] = evaluate_sides(body, comparison);
  if (left.value.is_unknown() || right.value.is_unknown()) {
    return std::nullopt;
  }
  const OperatorSite site{expression.span, comparison.op_span};
  TestExpectation expectation;
  expectation.span = expression.span;
  expectation.op = comparison.op;
  expectation.left_text = left.text;
  expectation.right_text = right.text;
  if (comparison.op == BinaryOp::approximately) {
    const std::optional<Tensor> left_side = side_of(body, left);
    const std::optional<Tensor> right_side = side_of(body, right);
    if (!left_side || !right_side || !check_sides(body, site, left, right)) {
      return std::nullopt;
    }
    expectation.left = left_side->node;
    expectation.right = right_side->node;
    const bool is_complete = expectation.left.has_value() && expectation.right.has_value();
    return is_complete ? std::optional(std::move(expectation)) : std::nullopt;
  }
  const Value value = apply_binary(body, comparison.op, site, left, right);
  const std::optional<graph::NodeId> condition = condition_of(body, value, expression.span);
  if (!condition) {
    return std::nullopt;
  }
  expectation.condition = *condition;
  expectation.left = shown_side(body, left);
  expectation.right = shown_side(body, right);
  if (!expectation.left.has_value() || !expectation.right.has_value()) {
    expectation.op = std::nullopt;  // texts and flags explain themselves
  }
  return expectation;
}

}  // namespace

std::optional<TestExpectation> elaborate_expect(Body& body, const syntax::ExpectDecl& declaration) {
  body.naming.bound_name = "expect";
  body.naming.kind_counts.clear();
  const syntax::Expr& expression = without_parentheses(*declaration.condition);
  const auto* binary = std::get_if<syntax::Binary>(&expression.node);
  std::optional<double> distance;
  const bool takes_within = binary != nullptr && binary->op == BinaryOp::approximately;
  if (declaration.within != nullptr) {
    if (!takes_within) {
      body.elaboration.pending.add(declaration.within->span, diag::NoCondition, "`within` goes with `~=` alone")
          .help("write `a ~= b within 1e-3`");
      return std::nullopt;
    }
    distance = evaluate_within(body, *declaration.within);
    if (!distance) {
      return std::nullopt;
    }
  }
  if (binary != nullptr && is_comparison(binary->op)) {
    std::optional<TestExpectation> expectation = elaborate_comparison(body, expression, *binary);
    if (expectation && distance) {
      expectation->relative = 0;
      expectation->absolute = *distance;
    }
    return expectation;
  }
  const Value value = evaluate(body, expression);
  const std::optional<graph::NodeId> condition = condition_of(body, value, expression.span);
  if (!condition) {
    return std::nullopt;
  }
  TestExpectation expectation;
  expectation.span = expression.span;
  expectation.condition = *condition;
  return expectation;
}

}  // namespace kdlc::check
