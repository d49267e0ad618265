// Executes a plan step by step in plain scalar code: what a plan means, without any code generator.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "plan/plan.hpp"

namespace kdlc::testing {

/// together: samples one by one by the regions of the plan's threads, where it has some. The threads of a region run
/// one after the other, in the one and the other order by turns.
enum class Way : std::uint8_t { alone, together };

/// The outputs for `batch` samples, computed in chunks as an artefact does. Asserts that no step reads or writes
/// outside its memory. `dims` holds the declared dims; `states`, by Graph::states with a place for every stream, what
/// the last call left and then what this one leaves.
std::vector<TensorData> run_plan(const plan::Plan& plan, const std::vector<TensorData>& inputs,
                                 const std::vector<TensorData>& parameters, std::int64_t batch,
                                 const std::map<std::string, std::int64_t>& dims = {},
                                 std::vector<TensorData>* states = nullptr, Way way = Way::alone);

}  // namespace kdlc::testing
