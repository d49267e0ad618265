// What each step of a plan computes and moves, and how it is done.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/plan.hpp"

namespace kdlc::report {

struct StepFacts {
  std::size_t depth = 0;  // of loops around it
  std::string name;
  std::string kernel;  // `contraction`, `depthwise`, …
  std::string shape;   // `196 × 256, depth 2304`
  std::string blocks;  // `14 × 2 vectors of 16`; empty where the kernel has none
  std::string reason;  // what the blocks make of the registers and of the shape
  // Of one call of the step: for a loop and what is in it, of all turns.
  double operations = 0;    // floating: two for each multiply-add; one for each element of other kernels
  double weight_bytes = 0;  // of packed weights, each read once (for each turn of a loop)
  double moved_bytes = 0;   // of the tensors that it reads and writes, each cell once
  double turns = 1;         // that share these bytes: what one turn moves is what a cache must hold
  double seconds = 0;       // where it was timed
};

/// The steps of a body in order, those of a loop behind it, for `samples` samples and every declared dim at its bound.
std::vector<StepFacts> describe_steps(const plan::Plan& plan, const plan::Body& body, const plan::Machine& machine,
                                      std::int64_t samples);

/// Maps and copies of one name that follow one another, such as the four sides of a border, as one.
std::vector<StepFacts> merge_repeats(const std::vector<StepFacts>& steps);

}  // namespace kdlc::report
