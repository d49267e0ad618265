// Front door of passes/: checked graph to optimised graph.
#pragma once

#include <functional>
#include <string_view>

#include "graph/graph.hpp"

namespace kdlc::passes {

struct Options {
  bool strict = false;  // --strict: no rewriting that changes the order of a sum
  /// That values between two products should not be driven out of: the second ones of all threads; 0: not known.
  std::int64_t cache_bytes = 0;
  /// Called after each pass with its name: for dumps and tests.
  std::function<void(std::string_view pass, const graph::Graph& graph)> after_pass;
};

/// Runs the pipeline of pipeline.cpp. Inputs, outputs, parameters and their order stay; records are kept true.
graph::Graph optimise(graph::Graph graph, const Options& options);

/// The same model without memory: every call begins with states of zero.
graph::Graph forget_states(graph::Graph graph);

}  // namespace kdlc::passes
