// Whether what a test expects holds, and what to say when it does not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "check/check.hpp"
#include "types/tensor_data.hpp"

namespace kdlc::driver {

/// What an expectation computed. A comparison has both sides, and a condition unless it is `~=`.
struct ExpectedValues {
  std::optional<TensorData> left;
  std::optional<TensorData> right;
  std::optional<TensorData> condition;
};
struct Verdict {
  bool holds = false;
  std::vector<std::string> notes;  // both sides, the worst difference and its place, the tolerance
};
Verdict judge_expectation(const check::TestExpectation& expectation, const ExpectedValues& values);

}  // namespace kdlc::driver
