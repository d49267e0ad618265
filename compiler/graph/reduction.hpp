// What each reducer starts from and how it takes one more value.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "graph/graph.hpp"
#include "graph/rounding.hpp"

namespace kdlc::graph {

/// The value of a reduction over nothing; `Number` is double for floats and std::int64_t for integers and bool.
template <class Number>
Number first_value(Reducer reducer, DType dtype) {
  switch (reducer) {
    case Reducer::sum:
    case Reducer::mean:
      return 0;
    case Reducer::product:
      return 1;
    case Reducer::maximum:
    case Reducer::minimum:
      break;
  }
  const bool is_maximum = reducer == Reducer::maximum;
  if constexpr (std::is_floating_point_v<Number>) {
    const double infinity = std::numeric_limits<double>::infinity();
    return is_maximum ? -infinity : infinity;
  } else {
    if (dtype == DType::boolean) {
      return is_maximum ? 0 : 1;
    }
    const double infinity = std::numeric_limits<double>::infinity();
    return truncate_to_integer(is_maximum ? -infinity : infinity, dtype);
  }
}

/// One more value: sums and means add, NaN stays in maxima and minima, integers wrap around.
template <class Number>
Number combine(Reducer reducer, Number total, Number value) {
  switch (reducer) {
    case Reducer::sum:
    case Reducer::mean:
      if constexpr (std::is_floating_point_v<Number>) {
        return total + value;
      } else {
        return static_cast<Number>(static_cast<std::uint64_t>(total) + static_cast<std::uint64_t>(value));
      }
    case Reducer::product:
      if constexpr (std::is_floating_point_v<Number>) {
        return total * value;
      } else {
        return static_cast<Number>(static_cast<std::uint64_t>(total) * static_cast<std::uint64_t>(value));
      }
    case Reducer::maximum:
      return total != total || total > value ? total : value;
    case Reducer::minimum:
      return total != total || total < value ? total : value;
  }
  KDLC_UNREACHABLE("every reducer combines");
}

}  // namespace kdlc::graph
