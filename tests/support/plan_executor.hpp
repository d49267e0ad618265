// Executes the steps of a plan in plain scalar code.
#pragma once

#include <vector>

#include "plan/plan.hpp"
#include "support/step_memory.hpp"

namespace kdlc::testing {

void execute(const std::vector<plan::Step>& steps, Memories& memories);
/// The threads of a region one after the other, in the one and the other order by turns.
void execute(const std::vector<plan::Region>& regions, Memories& memories);

}  // namespace kdlc::testing
