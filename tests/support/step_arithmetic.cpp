// See step_arithmetic.hpp.
#include "support/step_arithmetic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kdlc::testing {

double value_of(const graph::MapExpression& expression, const std::vector<double>& operands) {
  return expression.terms.empty() ? operands.front() : graph::evaluate_element(expression, operands);
}

double reduce(graph::Reducer reducer, const std::vector<double>& cells) {
  double result = 0;
  switch (reducer) {
    case graph::Reducer::sum:
    case graph::Reducer::mean:
      for (const double cell : cells) {
        result += cell;
      }
      return reducer == graph::Reducer::mean ? result / static_cast<double>(cells.size()) : result;
    case graph::Reducer::product:
      result = 1;
      for (const double cell : cells) {
        result *= cell;
      }
      return result;
    case graph::Reducer::maximum:
    case graph::Reducer::minimum:
      break;
  }
  const bool is_maximum = reducer == graph::Reducer::maximum;
  result = is_maximum ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  for (const double cell : cells) {
    if (std::isnan(cell) || std::isnan(result)) {
      result = std::numeric_limits<double>::quiet_NaN();
    } else {
      result = is_maximum ? std::max(result, cell) : std::min(result, cell);
    }
  }
  return result;
}

double rounded(double value, DType dtype) {
  return dtype == DType::f32 ? static_cast<double>(static_cast<float>(value)) : value;
}

}  // namespace kdlc::testing
