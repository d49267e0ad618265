// Compares a compiled graph with the reference evaluator.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace kdlc::testing {

struct Comparison {
  std::int64_t chunk = 0;      // 0: the planner's choice
  std::vector<std::size_t> n;  // empty: 1, 2 and three chunks and two (one chunk and one when chunks are long)
  double tolerance = 1e-4;     // see find_difference
  std::uint64_t seed = 1;      // of parameters
  std::map<std::string, std::int64_t> dims = {};   // values of the declared dims
  std::optional<std::int64_t> winograd_tile = {};  // see plan::Options
  std::optional<bool> strassen = {};               // likewise
  bool has_other_choices = false;                  // than those of the cost model: see other_choices
  std::int64_t l2_bytes = 0;                       // that the planner reckons with; 0: those of the target
  std::int64_t multiply_adds_a_cycle = 0;          // likewise
};

using MakeInputs = std::function<std::vector<TensorData>(std::size_t n)>;

/// Plans and compiles the graph for `cpu`, runs it between guard pages and requires the reference's values.
void compare_with_reference(const graph::Graph& graph, const std::string& cpu, const MakeInputs& make_inputs,
                            const Comparison& comparison);
/// With random inputs of the comparison's seed; for graphs without declared dims.
void compare_with_reference(const graph::Graph& graph, const std::string& cpu, const Comparison& comparison);
/// For every processor level of this machine.
void compare_on_all_cpus(const graph::Graph& graph, const MakeInputs& make_inputs, const Comparison& comparison);

/// Compiles the graph once and runs it under each of these sizes (the declared dims and, where there is a batch, N).
/// Requires the reference's values, or E_SIZE where the plan's rules do not hold. Returns how often they did not.
using SizeValues = std::map<std::string, std::int64_t>;
int compare_under_sizes(const graph::Graph& graph, const std::string& cpu, const std::vector<SizeValues>& sizes,
                        const Comparison& comparison);

}  // namespace kdlc::testing
