// Evaluates an elementwise expression for many elements at a time, term by term.
#include "graph/expression_evaluator.hpp"

#include <cmath>
#include <limits>

#include "graph/rounding.hpp"
#include "support/assert.hpp"

namespace kdlc::graph {

namespace {

double sigmoid(double x) {
  // Either form keeps its exponential below 1, so that neither overflows nor loses small results.
  const double e = std::exp(-std::abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

double sign(double x) {
  return x > 0 ? 1.0 : x < 0 ? -1.0 : x;
}

double minimum(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? std::numeric_limits<double>::quiet_NaN() : (b < a ? b : a);
}

double maximum(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? std::numeric_limits<double>::quiet_NaN() : (a < b ? b : a);
}

/// NumPy's remainder: the sign of the divisor, zero too.
double float_remainder(double a, double b) {
  const double rest = std::fmod(a, b);
  if (rest == 0) {
    return std::copysign(0.0, b);
  }
  return (rest < 0) != (b < 0) ? rest + b : rest;
}

std::int64_t wrapping(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
std::uint64_t bits(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

/// Division by zero gives 0, as in NumPy.
std::int64_t integer_divide(std::int64_t a, std::int64_t b) {
  if (b == 0) {
    return 0;
  }
  if (b == -1) {
    return wrapping(0 - bits(a));  // the most negative number has no opposite
  }
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

std::int64_t integer_remainder(std::int64_t a, std::int64_t b) {
  if (b == 0 || b == -1) {
    return 0;
  }
  const std::int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/// Squares and multiplies, wrapping around; a negative exponent leaves only what is a whole number.
std::int64_t integer_power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) {
    return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
  }
  std::uint64_t result = 1;
  for (std::uint64_t factor = bits(base); exponent > 0; exponent /= 2, factor *= factor) {
    result *= exponent % 2 != 0 ? factor : 1;
  }
  return wrapping(result);
}

template <class To, class From, class Function>
void each(std::vector<To>& result, const std::vector<From>& a, std::size_t count, Function function) {
  for (std::size_t index = 0; index < count; ++index) {
    result[index] = static_cast<To>(function(a[index]));
  }
}

template <class To, class From, class Function>
void each(std::vector<To>& result, const std::vector<From>& a, const std::vector<From>& b, std::size_t count,
          Function function) {
  for (std::size_t index = 0; index < count; ++index) {
    result[index] = static_cast<To>(function(a[index], b[index]));
  }
}

/// Comparisons and logic of any type; false when `op` is none of them.
template <class From>
bool run_comparison(MapOp op, std::vector<std::int64_t>& result, const std::vector<From>& a, const std::vector<From>& b,
                    std::size_t count) {
  if (op == MapOp::equal) {
    each(result, a, b, count, [](From x, From y) { return x == y; });
  } else if (op == MapOp::not_equal) {
    each(result, a, b, count, [](From x, From y) { return x != y; });
  } else if (op == MapOp::less) {
    each(result, a, b, count, [](From x, From y) { return x < y; });
  } else if (op == MapOp::less_equal) {
    each(result, a, b, count, [](From x, From y) { return x <= y; });
  } else if (op == MapOp::greater) {
    each(result, a, b, count, [](From x, From y) { return x > y; });
  } else if (op == MapOp::greater_equal) {
    each(result, a, b, count, [](From x, From y) { return x >= y; });
  } else {
    return false;
  }
  return true;
}

// The longest function of this file, because it is the table of meanings: one row for each operation on floats.
void run_float(MapOp op, std::vector<double>& result, const std::vector<double>& a, const std::vector<double>& b,
               std::size_t count) {
  switch (op) {
    case MapOp::add:
      return each(result, a, b, count, [](double x, double y) { return x + y; });
    case MapOp::subtract:
      return each(result, a, b, count, [](double x, double y) { return x - y; });
    case MapOp::multiply:
      return each(result, a, b, count, [](double x, double y) { return x * y; });
    case MapOp::divide:
      return each(result, a, b, count, [](double x, double y) { return x / y; });
    case MapOp::remainder:
      return each(result, a, b, count, float_remainder);
    case MapOp::power:
      return each(result, a, b, count, [](double x, double y) { return std::pow(x, y); });
    case MapOp::minimum:
      return each(result, a, b, count, minimum);
    case MapOp::maximum:
      return each(result, a, b, count, maximum);
    case MapOp::negate:
      return each(result, a, count, [](double x) { return -x; });
    case MapOp::absolute:
      return each(result, a, count, [](double x) { return std::abs(x); });
    case MapOp::sign:
      return each(result, a, count, sign);
    case MapOp::exp:
      return each(result, a, count, [](double x) { return std::exp(x); });
    case MapOp::expm1:
      return each(result, a, count, [](double x) { return std::expm1(x); });
    case MapOp::log:
      return each(result, a, count, [](double x) { return std::log(x); });
    case MapOp::log1p:
      return each(result, a, count, [](double x) { return std::log1p(x); });
    case MapOp::sqrt:
      return each(result, a, count, [](double x) { return std::sqrt(x); });
    case MapOp::rsqrt:
      return each(result, a, count, [](double x) { return 1 / std::sqrt(x); });
    case MapOp::tanh:
      return each(result, a, count, [](double x) { return std::tanh(x); });
    case MapOp::sigmoid:
      return each(result, a, count, sigmoid);
    case MapOp::erf:
      return each(result, a, count, [](double x) { return std::erf(x); });
    case MapOp::sin:
      return each(result, a, count, [](double x) { return std::sin(x); });
    case MapOp::cos:
      return each(result, a, count, [](double x) { return std::cos(x); });
    case MapOp::floor:
      return each(result, a, count, [](double x) { return std::floor(x); });
    case MapOp::ceil:
      return each(result, a, count, [](double x) { return std::ceil(x); });
    case MapOp::round:
      return each(result, a, count, [](double x) { return std::nearbyint(x); });
    case MapOp::operand:
    case MapOp::constant:
    case MapOp::cast:
    case MapOp::equal:
    case MapOp::not_equal:
    case MapOp::less:
    case MapOp::less_equal:
    case MapOp::greater:
    case MapOp::greater_equal:
    case MapOp::logical_and:
    case MapOp::logical_or:
    case MapOp::logical_not:
    case MapOp::select:
      break;
  }
  KDLC_UNREACHABLE("every operation on floats has a meaning");
}

void run_integer(MapOp op, std::vector<std::int64_t>& result, const std::vector<std::int64_t>& a,
                 const std::vector<std::int64_t>& b, std::size_t count) {
  using Integer = std::int64_t;
  switch (op) {
    case MapOp::add:
      return each(result, a, b, count, [](Integer x, Integer y) { return wrapping(bits(x) + bits(y)); });
    case MapOp::subtract:
      return each(result, a, b, count, [](Integer x, Integer y) { return wrapping(bits(x) - bits(y)); });
    case MapOp::multiply:
      return each(result, a, b, count, [](Integer x, Integer y) { return wrapping(bits(x) * bits(y)); });
    case MapOp::divide:
      return each(result, a, b, count, integer_divide);
    case MapOp::remainder:
      return each(result, a, b, count, integer_remainder);
    case MapOp::power:
      return each(result, a, b, count, integer_power);
    case MapOp::minimum:
      return each(result, a, b, count, [](Integer x, Integer y) { return x < y ? x : y; });
    case MapOp::maximum:
      return each(result, a, b, count, [](Integer x, Integer y) { return x < y ? y : x; });
    case MapOp::logical_and:
      return each(result, a, b, count, [](Integer x, Integer y) { return x != 0 && y != 0; });
    case MapOp::logical_or:
      return each(result, a, b, count, [](Integer x, Integer y) { return x != 0 || y != 0; });
    case MapOp::logical_not:
      return each(result, a, count, [](Integer x) { return x == 0; });
    case MapOp::negate:
      return each(result, a, count, [](Integer x) { return wrapping(0 - bits(x)); });
    case MapOp::absolute:
      return each(result, a, count, [](Integer x) { return x < 0 ? wrapping(0 - bits(x)) : x; });
    case MapOp::sign:
      return each(result, a, count, [](Integer x) { return x > 0 ? 1 : x < 0 ? -1 : 0; });
    case MapOp::floor:
    case MapOp::ceil:
    case MapOp::round:
      return each(result, a, count, [](Integer x) { return x; });
    case MapOp::operand:
    case MapOp::constant:
    case MapOp::cast:
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
    case MapOp::equal:
    case MapOp::not_equal:
    case MapOp::less:
    case MapOp::less_equal:
    case MapOp::greater:
    case MapOp::greater_equal:
    case MapOp::select:
      break;
  }
  KDLC_UNREACHABLE("every operation on integers has a meaning");
}

void run_cast(const MapTerm& term, DType from, Column& result, const Column& a, std::size_t count) {
  if (is_float(term.dtype)) {
    is_float(from) ? each(result.floats, a.floats, count, [](double x) { return x; })
                   : each(result.floats, a.integers, count, [](std::int64_t x) { return static_cast<double>(x); });
  } else if (is_float(from)) {
    each(result.integers, a.floats, count, [&](double x) { return truncate_to_integer(x, term.dtype); });
  } else {
    result.integers = a.integers;
  }
}

void run_select(const Column& condition, Column& result, const Column& if_true, const Column& if_false, bool of_floats,
                std::size_t count) {
  for (std::size_t index = 0; index < count; ++index) {
    if (of_floats) {
      result.floats[index] = (condition.integers[index] != 0 ? if_true : if_false).floats[index];
    } else {
      result.integers[index] = (condition.integers[index] != 0 ? if_true : if_false).integers[index];
    }
  }
}

/// Rounds every value to the type of its term.
void round_column(DType dtype, Column& column, std::size_t count) {
  if (dtype == DType::f32) {
    each(column.floats, column.floats, count, [](double x) { return static_cast<double>(static_cast<float>(x)); });
  } else if (dtype == DType::f16 || dtype == DType::bf16) {
    each(column.floats, column.floats, count, [&](double x) { return round_to_float(x, dtype); });
  } else if (is_integer(dtype) && dtype != DType::i64) {
    each(column.integers, column.integers, count, [&](std::int64_t x) { return wrap_to_integer(x, dtype); });
  } else if (dtype == DType::boolean) {
    each(column.integers, column.integers, count, [](std::int64_t x) { return x != 0; });
  }
}

}  // namespace

Column::Column(DType dtype, std::size_t count)
    : floats(is_float(dtype) ? count : 0), integers(is_float(dtype) ? 0 : count) {}

ExpressionEvaluator::ExpressionEvaluator(const MapExpression& expression, DType identity_dtype, std::size_t capacity)
    : terms_(expression.terms) {
  if (terms_.empty()) {
    terms_.push_back({.op = MapOp::operand, .dtype = identity_dtype});
  }
  columns_.reserve(terms_.size());
  for (const MapTerm& term : terms_) {
    Column& column = columns_.emplace_back(term.dtype, capacity);
    if (term.op == MapOp::constant) {
      column.floats.assign(column.floats.size(), term.number);
      column.integers.assign(column.integers.size(), term.integer);
    }
  }
}

const Column& ExpressionEvaluator::run(std::size_t count, const Load& load) {
  for (std::size_t index = 0; index < terms_.size(); ++index) {
    const MapTerm& term = terms_[index];
    Column& result = columns_[index];
    if (term.op == MapOp::constant) {
      continue;
    }
    if (term.op == MapOp::operand) {
      load(term.operand, result, count);
      continue;
    }
    const Column& a = columns_[term.arguments[0]];
    const Column& b = columns_[term.arguments[operand_count(term.op) > 1 ? 1 : 0]];
    const DType from = terms_[term.arguments[0]].dtype;
    if (term.op == MapOp::select) {
      run_select(a, result, b, columns_[term.arguments[2]], is_float(term.dtype), count);
      continue;  // a choice of rounded values
    }
    if (term.op == MapOp::cast) {
      run_cast(term, from, result, a, count);
    } else if (is_float(from) ? run_comparison(term.op, result.integers, a.floats, b.floats, count)
                              : run_comparison(term.op, result.integers, a.integers, b.integers, count)) {
      continue;
    } else if (is_float(from)) {
      run_float(term.op, result.floats, a.floats, b.floats, count);
    } else {
      run_integer(term.op, result.integers, a.integers, b.integers, count);
    }
    round_column(term.dtype, result, count);
  }
  return columns_.back();
}

double evaluate_element(const MapExpression& expression, const std::vector<double>& operands) {
  ExpressionEvaluator evaluator(expression, DType::f64, 1);
  const Column& result = evaluator.run(1, [&](std::uint32_t operand, Column& column, std::size_t) {
    KDLC_ASSERT(operand < operands.size(), "every operand has a value");
    if (column.floats.empty()) {
      column.integers[0] = static_cast<std::int64_t>(operands[operand]);
    } else {
      column.floats[0] = operands[operand];
    }
  });
  return result.floats.empty() ? static_cast<double>(result.integers[0]) : result.floats[0];
}

}  // namespace kdlc::graph
