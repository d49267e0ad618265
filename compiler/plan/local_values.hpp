// Small values that steps hand to one another: a body's function keeps them by itself, outside the arena.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/plan.hpp"

namespace kdlc::plan {

/// Steps that find small values in Memory::local; all else is where it was.
struct LocalSteps {
  std::vector<Step> steps;
  std::vector<std::int64_t> local_bytes;  // by Access::index
};

/// For the steps of a body that are one function. Nothing is local where a step touches the arena at places, or in
/// sizes, known only at run time.
LocalSteps with_locals(std::vector<Step> steps);

}  // namespace kdlc::plan
