// Executes a plan step by step in plain scalar code: what a plan means, without any code generator.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/plan.hpp"

namespace kdlc::testing {

/// The outputs for `batch` samples, computed in chunks as an artefact does. Asserts that no step reads or writes
/// outside its memory. Static sizes only.
std::vector<TensorData> run_plan(const plan::Plan& plan, const std::vector<TensorData>& inputs,
                                 const std::vector<TensorData>& parameters, std::int64_t batch);

}  // namespace kdlc::testing
