// Arithmetic and comparisons on settings: exact whole numbers, floats, flags, texts and sizes known at run time.
#include <cmath>

#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "diagnostics/kinds.hpp"
#include "syntax/syntax.hpp"

namespace kdlc::check {

namespace {

using syntax::BinaryOp;

bool is_comparison(BinaryOp op) {
  switch (op) {
    case BinaryOp::equal:
    case BinaryOp::not_equal:
    case BinaryOp::approximately:
    case BinaryOp::less:
    case BinaryOp::less_equal:
    case BinaryOp::greater:
    case BinaryOp::greater_equal:
      return true;
    case BinaryOp::add:
    case BinaryOp::subtract:
    case BinaryOp::multiply:
    case BinaryOp::divide:
    case BinaryOp::remainder:
    case BinaryOp::matmul:
    case BinaryOp::power:
    case BinaryOp::logical_and:
    case BinaryOp::logical_or:
      return false;
  }
  KDLC_UNREACHABLE("all operators are listed");
}

template <class T>
bool compare(BinaryOp op, const T& left, const T& right) {
  switch (op) {
    case BinaryOp::equal:
      return left == right;
    case BinaryOp::not_equal:
      return left != right;
    case BinaryOp::less:
      return left < right;
    case BinaryOp::less_equal:
      return left <= right;
    case BinaryOp::greater:
      return left > right;
    case BinaryOp::greater_equal:
      return left >= right;
    default:
      KDLC_UNREACHABLE("only comparisons come here");
  }
}

Value no_result(Body& body, const OperatorSite& site, std::string why) {
  body.elaboration.pending.add(site.span, diag::Arithmetic, std::move(why));
  return {Unknown{}};
}

Value integer_power(Body& body, const OperatorSite& site, std::int64_t base, std::int64_t exponent) {
  std::int64_t result = 1;
  // Beyond 64 steps a base other than -1, 0 and 1 has overflowed.
  if (base == 0 || base == 1 || base == -1) {
    const std::int64_t even_or_odd = base == -1 && exponent % 2 == 0 ? 1 : base;
    return {exponent == 0 ? std::int64_t{1} : even_or_odd};
  }
  for (std::int64_t step = 0; step < exponent; ++step) {
    if (__builtin_mul_overflow(result, base, &result)) {
      return no_result(body, site, fmt::format("{} ^ {} leaves 64 bits", base, exponent));
    }
  }
  return {result};
}

Value compute_integers(Body& body, BinaryOp op, const OperatorSite& site, std::int64_t left, std::int64_t right) {
  std::int64_t result = 0;
  bool overflows = false;
  switch (op) {
    case BinaryOp::add:
      overflows = __builtin_add_overflow(left, right, &result);
      break;
    case BinaryOp::subtract:
      overflows = __builtin_sub_overflow(left, right, &result);
      break;
    case BinaryOp::multiply:
      overflows = __builtin_mul_overflow(left, right, &result);
      break;
    case BinaryOp::divide:
      if (right == 0) {
        return no_result(body, site, fmt::format("{} / 0 has no value", left));
      }
      // `/` is exact: 10 / 4 is 2.5. A quotient of -2^63 by -1 is no 64-bit number.
      overflows = right == -1 && left == INT64_MIN;
      if (!overflows && left % right != 0) {
        return {static_cast<double>(left) / static_cast<double>(right)};
      }
      result = overflows ? 0 : left / right;
      break;
    case BinaryOp::remainder:
      if (right == 0) {
        return no_result(body, site, fmt::format("{} % 0 has no value", left));
      }
      result = right == -1 ? 0 : left % right;
      result += result != 0 && (result < 0) != (right < 0) ? right : 0;
      break;
    case BinaryOp::power:
      if (right >= 0) {
        return integer_power(body, site, left, right);
      }
      return {std::pow(static_cast<double>(left), static_cast<double>(right))};
    default:
      return {compare(op, left, right)};
  }
  if (overflows) {
    return no_result(body, site, fmt::format("{} {} {} leaves 64 bits", left, spelling(op), right));
  }
  return {result};
}

Value compute_numbers(Body& body, BinaryOp op, const OperatorSite& site, double left, double right) {
  switch (op) {
    case BinaryOp::add:
      return {left + right};
    case BinaryOp::subtract:
      return {left - right};
    case BinaryOp::multiply:
      return {left * right};
    case BinaryOp::divide:
      return right == 0 ? no_result(body, site, fmt::format("{} / 0 has no value", left)) : Value{left / right};
    case BinaryOp::remainder:
      return right == 0 ? no_result(body, site, fmt::format("{} % 0 has no value", left))
                        : Value{left - right * std::floor(left / right)};
    case BinaryOp::power:
      return {std::pow(left, right)};
    default:
      return {compare(op, left, right)};
  }
}

/// Comparisons that hold, or fail, for every value of the symbols; nullopt when that depends on them.
std::optional<bool> compare_dims(BinaryOp op, const Dim& left, const Dim& right) {
  const Dim difference = left - right;
  if (!difference.is_constant()) {
    return std::nullopt;
  }
  return compare(op, difference.constant(), std::int64_t{0});
}

Value compute_dims(Body& body, BinaryOp op, const OperatorSite& site, const Dim& left, const Dim& right) {
  const bool divides_by_zero = right == Dim(0) && (op == BinaryOp::divide || op == BinaryOp::remainder);
  if (divides_by_zero) {
    return no_result(body, site, fmt::format("{} {} 0 has no value", left.to_text(), spelling(op)));
  }
  if (op == BinaryOp::add) {
    return value_of(left + right);
  }
  if (op == BinaryOp::subtract) {
    return value_of(left - right);
  }
  if (op == BinaryOp::multiply) {
    return value_of(left * right);
  }
  if (op == BinaryOp::remainder) {
    return value_of(remainder(left, right));
  }
  if (op == BinaryOp::divide) {
    if (remainder(left, right) == Dim(0)) {
      return value_of(floor_divide(left, right));
    }
    const std::string quotient = fmt::format("{} / {}", left.to_text(), right.to_text());
    return no_result(body, site, fmt::format("`{0}` need not be whole; write `floor({0})` or `ceil({0})`", quotient));
  }
  if (is_comparison(op) && op != BinaryOp::approximately) {
    if (const std::optional<bool> result = compare_dims(op, left, right)) {
      return {*result};
    }
    body.elaboration.pending
        .add(site.span, diag::NotCompileTime,
             fmt::format("`{} {} {}`, which depends on the input,", left.to_text(), spelling(op), right.to_text()),
             "something known when compiling")
        .help("`require` turns it into a check when the model is called");
    return {Unknown{}};
  }
  return no_result(body, site, fmt::format("`{}` does not work on sizes known at run time", spelling(op)));
}

Value unfit(Body& body, BinaryOp op, const OperatorSite& site, const Operand& left, const Operand& right) {
  body.elaboration.pending
      .add(site.span, diag::NotCompileTime, fmt::format("{} and {}", describe(left.value), describe(right.value)),
           fmt::format("a pair that `{}` works on", spelling(op)))
      .label(left.span, describe(left.value))
      .label(right.span, describe(right.value));
  return {Unknown{}};
}

/// `values` of one kind that can only be asked for equality, and flags that can be joined.
std::optional<Value> compute_flags_and_texts(BinaryOp op, const Value& left, const Value& right) {
  const bool* left_flag = left.as<bool>();
  const bool* right_flag = right.as<bool>();
  if (left_flag != nullptr && right_flag != nullptr) {
    if (op == BinaryOp::logical_and || op == BinaryOp::logical_or) {
      return Value{op == BinaryOp::logical_and ? *left_flag && *right_flag : *left_flag || *right_flag};
    }
    if (op == BinaryOp::equal || op == BinaryOp::not_equal) {
      return Value{compare(op, *left_flag, *right_flag)};
    }
  }
  const auto* left_text = left.as<Text>();
  const auto* right_text = right.as<Text>();
  const bool asks_equality = op == BinaryOp::equal || op == BinaryOp::not_equal;
  if (left_text != nullptr && right_text != nullptr && asks_equality) {
    return Value{compare(op, left_text->text, right_text->text)};
  }
  if (left.as<List>() != nullptr && right.as<List>() != nullptr && asks_equality) {
    return Value{compare(op, to_text(left), to_text(right))};
  }
  return std::nullopt;
}

}  // namespace

Value compute_binary(Body& body, BinaryOp op, const OperatorSite& site, const Operand& left, const Operand& right) {
  const bool is_number_op = op != BinaryOp::logical_and && op != BinaryOp::logical_or && op != BinaryOp::matmul &&
                            op != BinaryOp::approximately;
  const auto* left_whole = left.value.as<std::int64_t>();
  const auto* right_whole = right.value.as<std::int64_t>();
  if (is_number_op && left_whole != nullptr && right_whole != nullptr) {
    return compute_integers(body, op, site, *left_whole, *right_whole);
  }
  const std::optional<double> left_number = as_number(left.value);
  const std::optional<double> right_number = as_number(right.value);
  if (is_number_op && left_number && right_number) {
    return compute_numbers(body, op, site, *left_number, *right_number);
  }
  const std::optional<Dim> left_dim = as_dim(left.value);
  const std::optional<Dim> right_dim = as_dim(right.value);
  if (is_number_op && left_dim && right_dim) {
    return compute_dims(body, op, site, *left_dim, *right_dim);
  }
  if (std::optional<Value> result = compute_flags_and_texts(op, left.value, right.value)) {
    return *result;
  }
  return unfit(body, op, site, left, right);
}

}  // namespace kdlc::check
