// Private to check/: lists of numbers as data.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "check/values.hpp"

namespace kdlc::check {

/// Nested lists of numbers, or flags, as their counts from outside in and all numbers in order.
struct NumberTable {
  std::vector<std::int64_t> shape;
  std::vector<double> numbers;
  bool is_whole = true;  // no number has a fraction as it is written
  bool is_flags = true;  // nothing but `true` and `false`
};
/// nullopt when lists of one level differ in length or hold something else.
std::optional<NumberTable> number_table(const Value& value);

}  // namespace kdlc::check
