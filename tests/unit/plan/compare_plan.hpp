// Compares what a plan computes with the reference evaluator.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "graph/graph.hpp"
#include "plan/plan.hpp"
#include "support/run_plan.hpp"

namespace kdlc::testing {

/// Runs the plan of a graph under these sizes, N among them, with inputs and parameters of the seed, and requires the
/// graph's values.
void compare_plan(const graph::Graph& graph, const plan::Plan& plan, const std::map<std::string, std::int64_t>& sizes,
                  std::uint64_t seed, Way way = Way::alone);

}  // namespace kdlc::testing
