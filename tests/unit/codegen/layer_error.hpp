// How far a compiled layer is from its exact result.
#pragma once

#include <cstdint>

#include "codegen/codegen.hpp"
#include "graph/graph.hpp"
#include "plan/plan.hpp"

namespace kdlc::testing {

struct LayerError {
  double largest = 0;    // of any output
  double magnitude = 0;  // terms of an output × the largest element × the largest weight
  double output = 0;     // the largest one
};

/// Compiles and runs a plan of a graph of one layer, one input and one parameter, for one sample: elements uniform in
/// ±1 and weights of the seed. `terms`: of the sum that an output is.
LayerError measure_error(const graph::Graph& graph, const plan::Plan& plan, const codegen::Target& target,
                         std::int64_t terms, std::uint64_t seed);

}  // namespace kdlc::testing
