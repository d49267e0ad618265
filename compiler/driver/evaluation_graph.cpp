// Joins the graph of a model and that of its training.
#include "driver/evaluation_graph.hpp"

#include <map>
#include <set>

namespace kdlc::driver {

namespace {

/// Copies nodes of the training graph into the graph of the model.
class Joiner {
public:
  Joiner(const check::Training& training, graph::Graph& into) : training_(training), into_(into) {
    for (std::size_t index = 0; index < training.sources.size(); ++index) {
      const check::Training::Source& source = training.sources[index];
      const graph::InputInfo& input = training.graph.inputs[index];
      if (!source.target) {
        known_[input.node] = source.model_value;
        continue;
      }
      graph::Builder builder(into);
      graph::InputInfo info = input;
      known_[input.node] = builder.input(std::move(info), training.graph.node(input.node).type);
      input_of_[index] = into.inputs.size() - 1;
    }
  }

  /// The node that computes `id` of the training graph.
  graph::NodeId copy(graph::NodeId id) {
    const auto known = known_.find(id);
    if (known != known_.end()) {
      return known->second;
    }
    graph::Node node = training_.graph.node(id);
    node.records.clear();
    for (graph::NodeId& input : node.inputs) {
      input = copy(input);
    }
    const graph::NodeId made = into_.nodes.push_back(std::move(node));
    known_[id] = made;
    return made;
  }
  [[nodiscard]] std::optional<std::size_t> input_of(std::size_t training_input) const {
    const auto place = input_of_.find(training_input);
    return place == input_of_.end() ? std::nullopt : std::optional(place->second);
  }

private:
  const check::Training& training_;
  graph::Graph& into_;
  std::map<graph::NodeId, graph::NodeId> known_;
  std::map<std::size_t, std::size_t> input_of_;
};

/// The inputs of the training graph that a formula reads.
void find_inputs(const graph::Graph& graph, graph::NodeId node, std::set<graph::NodeId>& seen,
                 std::set<std::size_t>& inputs) {
  if (!seen.insert(node).second) {
    return;
  }
  if (graph.node(node).op == graph::Op::input) {
    inputs.insert(graph::attributes<graph::InputAttributes>(graph.node(node)).index);
  }
  for (const graph::NodeId input : graph.node(node).inputs) {
    find_inputs(graph, input, seen, inputs);
  }
}

std::size_t add_output(graph::Graph& graph, graph::NodeId node) {
  graph::OutputInfo output;
  output.name = "value_" + std::to_string(graph.outputs.size());
  output.node = node;
  graph.outputs.push_back(std::move(output));
  return graph.outputs.size() - 1;
}

}  // namespace

std::vector<const check::Training::Result*> lines_of(const check::Training& training) {
  std::vector<const check::Training::Result*> lines;
  for (const check::Training::Result& loss : training.losses) {
    lines.push_back(&loss);
  }
  for (const check::Training::Result& metric : training.metrics) {
    lines.push_back(&metric);
  }
  return lines;
}

EvaluationGraph make_evaluation_graph(const check::CheckedModel& model) {
  const check::Training& training = *model.training;
  EvaluationGraph evaluation;
  evaluation.graph = model.graph;
  evaluation.graph.outputs.clear();
  Joiner joiner(training, evaluation.graph);
  std::set<std::size_t> formula_inputs;
  for (const check::Training::Result* line : lines_of(training)) {
    for (const check::Training::Term& term : line->terms) {
      EvaluationGraph::Term& made = evaluation.terms.emplace_back();
      for (const graph::NodeId contribution : term.contributions) {
        made.outputs.push_back(add_output(evaluation.graph, joiner.copy(contribution)));
      }
      if (term.loss == nullptr && term.metric == nullptr) {
        std::set<graph::NodeId> seen;
        find_inputs(training.graph, term.value, seen, formula_inputs);
      }
    }
  }
  evaluation.formula_inputs.resize(training.sources.size());
  for (const std::size_t index : formula_inputs) {
    const graph::NodeId value = training.sources[index].model_value;
    EvaluationGraph::FormulaInput& made = evaluation.formula_inputs[index];
    made.input = joiner.input_of(index);
    if (made.input) {
      continue;
    }
    if (model.graph.node(value).type.shape.has_batch()) {
      made.output = add_output(evaluation.graph, value);
    } else {
      made.prepared = value;
    }
  }
  return evaluation;
}

}  // namespace kdlc::driver
