// What the expectations of a test depend on: only that needs to be given.
#include <set>

#include <fmt/format.h>

#include "check/test_scope.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

/// Everything that some formulas depend on, through all calls.
class Dependencies {
public:
  Dependencies(const Test& test, const graph::Graph& formulas, const graph::Graph* model)
      : test_(test), formulas_(formulas), model_(model) {
    formulas_seen_.resize(formulas.nodes.size(), false);
    calls_seen_.resize(test.calls.size());
    for (std::size_t call = 0; call < test.calls.size(); ++call) {
      calls_seen_[call].resize(called_graph(call).nodes.size(), false);
    }
  }

  void add_formula(graph::NodeId root) {
    std::vector<graph::NodeId> open = {root};
    while (!open.empty()) {
      const graph::NodeId id = open.back();
      open.pop_back();
      if (!id.has_value() || formulas_seen_[id]) {
        continue;
      }
      formulas_seen_[id] = true;
      const graph::Node& node = formulas_.node(id);
      open.insert(open.end(), node.inputs.begin(), node.inputs.end());
      if (node.op == graph::Op::input) {
        const auto& source = test_.sources[graph::attributes<graph::InputAttributes>(node).index];
        if (const auto* result = std::get_if<CallResult>(&source)) {
          add_result(*result);
        }
      }
    }
  }

  std::set<std::size_t> model_inputs;     // of the first call
  std::set<std::string> weights;          // their paths
  std::set<std::string> program_weights;  // and of those that are not the model's
  bool reads_model = false;               // what the first call computes, not only its inputs

private:
  const graph::Graph& called_graph(std::size_t call) const {
    const std::optional<std::size_t>& program = test_.calls[call].program;
    return program ? test_.programs[*program] : *model_;
  }

  bool is_model_weight(const std::string& path) const {
    if (model_ != nullptr) {
      for (const graph::ParameterInfo& parameter : model_->parameters) {
        if (parameter.path == path) {
          return true;
        }
      }
    }
    return false;
  }

  void add_input(std::size_t call, std::size_t input) {
    if (call == 0 && !test_.calls[call].program) {
      model_inputs.insert(input);
    }
    add_formula(test_.calls[call].inputs[input]);
  }

  void add_result(const CallResult& result) {
    const graph::Graph& graph = called_graph(result.call);
    const bool is_tested_run = result.call == 0 && !test_.calls.front().program;
    std::vector<graph::NodeId> open = {result.node};
    while (!open.empty()) {
      const graph::NodeId id = open.back();
      open.pop_back();
      if (!id.has_value() || calls_seen_[result.call][id]) {
        continue;
      }
      calls_seen_[result.call][id] = true;
      const graph::Node& node = graph.node(id);
      open.insert(open.end(), node.inputs.begin(), node.inputs.end());
      if (node.op == graph::Op::input) {
        add_input(result.call, graph::attributes<graph::InputAttributes>(node).index);
      } else if (node.op == graph::Op::parameter) {
        const std::string& path = graph.parameters[graph::attributes<graph::ParameterAttributes>(node).index].path;
        (is_model_weight(path) ? weights : program_weights).insert(path);
      } else {
        reads_model = reads_model || is_tested_run;
      }
    }
  }

  const Test& test_;
  const graph::Graph& formulas_;
  const graph::Graph* model_;
  IdVector<graph::NodeId, bool> formulas_seen_;
  std::vector<IdVector<graph::NodeId, bool>> calls_seen_;
};

bool has_weights(const Body& body) {
  const TestScope& scope = *body.elaboration.test;
  return scope.test.weights || body.elaboration.options.has_weights ||
         (scope.model != nullptr && scope.model->has_weights);
}

/// K806, once.
void check_cycles(Body& body, const std::set<std::size_t>& inputs) {
  const TestScope& scope = *body.elaboration.test;
  const graph::Graph& model = scope.model->graph;
  for (const std::size_t input : inputs) {
    Dependencies behind(scope.test, body.elaboration.graph, &model);
    behind.add_formula(scope.test.calls.front().inputs[input]);
    if (behind.reads_model || behind.model_inputs.contains(input)) {
      const std::string& name = model.inputs[input].name;
      body.elaboration.pending.add(scope.given.at(name), diag::TestCycle, name);
      return;
    }
  }
}

void report_weights(Body& body, const TestExpectation& expectation, const std::string& what) {
  body.elaboration.pending.add(expectation.span, diag::TestUnbound, what, body.elaboration.test->test.title)
      .help("add `weights random(seed: 1)` to the test");
}

/// False after reporting.
bool check_weights(Body& body, const TestExpectation& expectation, const Dependencies& dependencies) {
  const std::optional<WeightsClause>& own = body.elaboration.test->test.weights;
  if (!dependencies.program_weights.empty() && !own) {
    report_weights(body, expectation, fmt::format("weight `{}` is", *dependencies.program_weights.begin()));
    return false;
  }
  if (!dependencies.weights.empty() && !has_weights(body)) {
    report_weights(body, expectation, "weights are");
    return false;
  }
  return true;
}

}  // namespace

void check_needs(Body& body) {
  TestScope& scope = *body.elaboration.test;
  const graph::Graph* model = scope.model == nullptr ? nullptr : &scope.model->graph;
  std::set<std::size_t> inputs;
  std::set<std::size_t> reported;
  bool has_reported_weights = false;
  for (const TestExpectation& expectation : scope.test.expectations) {
    Dependencies dependencies(scope.test, body.elaboration.graph, model);
    for (const graph::NodeId node : {expectation.condition, expectation.left, expectation.right}) {
      dependencies.add_formula(node);
    }
    for (const std::size_t input : dependencies.model_inputs) {
      const graph::InputInfo& info = model->inputs[input];
      if (!scope.given.contains(info.name) && reported.insert(input).second) {
        body.elaboration.pending
            .add(expectation.span, diag::TestUnbound, fmt::format("input `{}` is", info.name), scope.test.title)
            .label(info.span, "declared here")
            .help(fmt::format("add a line such as `{} = random(seed: 1)` to the test", info.name));
      }
    }
    inputs.insert(dependencies.model_inputs.begin(), dependencies.model_inputs.end());
    scope.test.needs_weights =
        scope.test.needs_weights || !dependencies.weights.empty() || !dependencies.program_weights.empty();
    has_reported_weights = has_reported_weights || !check_weights(body, expectation, dependencies);
  }
  if (model != nullptr && reported.empty()) {
    check_cycles(body, inputs);
  }
}

}  // namespace kdlc::check
