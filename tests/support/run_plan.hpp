// Executes a plan step by step in plain scalar code: what a plan means, without any code generator.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "plan/plan.hpp"

namespace kdlc::testing {

/// The outputs for `batch` samples, computed in chunks as an artefact does. Asserts that no step reads or writes
/// outside its memory. `dims` holds the declared dims; `states`, by Graph::states with a place for every stream, what
/// the last call left and then what this one leaves.
std::vector<TensorData> run_plan(const plan::Plan& plan, const std::vector<TensorData>& inputs,
                                 const std::vector<TensorData>& parameters, std::int64_t batch,
                                 const std::map<std::string, std::int64_t>& dims = {},
                                 std::vector<TensorData>* states = nullptr);

}  // namespace kdlc::testing
