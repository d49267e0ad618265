// The graph that `kdlc evaluate` runs on each batch: the model, and behind it what its losses and metrics sum up.
#pragma once

#include <optional>
#include <vector>

#include "check/check.hpp"

namespace kdlc::driver {

struct EvaluationGraph {
  /// Inputs: the model's, then the targets. Outputs: contributions of the terms, then values that formulas read.
  graph::Graph graph;
  /// A term of a loss or metric line, in the order of the lines, losses first.
  struct Term {
    std::vector<std::size_t> outputs;  // of its contributions
  };
  std::vector<Term> terms;
  /// What an input of the training graph is in a formula of the user's own.
  struct FormulaInput {
    std::optional<std::size_t> output;      // of `graph`
    std::optional<std::size_t> input;       // of `graph`
    std::optional<graph::NodeId> prepared;  // of the model's graph: it depends on weights only
  };
  std::vector<FormulaInput> formula_inputs;  // per input of the training graph
};

/// All lines of losses and metrics, in order.
std::vector<const check::Training::Result*> lines_of(const check::Training& training);
EvaluationGraph make_evaluation_graph(const check::CheckedModel& model);

}  // namespace kdlc::driver
