// Running the tests of a model: formulas ask for the results of calls, calls for their inputs, each once.
#include "driver/run_test.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "driver/bind_weights.hpp"
#include "driver/files.hpp"
#include "driver/judge_expectation.hpp"
#include "support/overloaded.hpp"
#include "weights/weights.hpp"

namespace kdlc::driver {

namespace {

using graph::NodeId;

/// The inputs of the formulas on which `wanted` depend.
std::set<std::uint32_t> inputs_behind(const graph::Graph& formulas, std::vector<NodeId> open) {
  IdVector<NodeId, bool> seen;
  seen.resize(formulas.nodes.size(), false);
  std::set<std::uint32_t> inputs;
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    if (!id.has_value() || seen[id]) {
      continue;
    }
    seen[id] = true;
    const graph::Node& node = formulas.node(id);
    if (node.op == graph::Op::input) {
      inputs.insert(graph::attributes<graph::InputAttributes>(node).index);
    }
    open.insert(open.end(), node.inputs.begin(), node.inputs.end());
  }
  return inputs;
}

/// The nodes whose values a test reads from calls of `program`.
std::vector<NodeId> values_read(const check::Test& test, const std::optional<std::size_t>& program) {
  std::vector<NodeId> roots;
  for (const check::TestExpectation& expectation : test.expectations) {
    roots.insert(roots.end(), {expectation.left, expectation.right, expectation.condition});
  }
  for (const check::TestCall& call : test.calls) {
    roots.insert(roots.end(), call.inputs.begin(), call.inputs.end());
  }
  std::vector<NodeId> nodes;
  for (const std::uint32_t input : inputs_behind(test.formulas, roots)) {
    const auto* result = std::get_if<check::CallResult>(&test.sources[input]);
    if (result != nullptr && test.calls[result->call].program == program) {
      nodes.push_back(result->node);
    }
  }
  return nodes;
}

std::vector<std::int64_t> shape_of(const graph::Graph& graph, NodeId node) {
  std::vector<std::int64_t> shape;
  for (const Dim& axis : graph.node(node).type.shape.axes) {
    shape.push_back(axis.constant());
  }
  return shape;
}

/// One test while it runs; every step is nullopt or false after reporting.
class Runner {
public:
  Runner(TestedCode& code, const check::Test& test, Session& session) : code_(code), test_(test), session_(session) {
    is_filled_.resize(test.sources.size(), false);
    evaluation_.inputs.resize(test.sources.size());
    results_.resize(test.calls.size());
  }

  std::optional<ExpectedValues> values_of(const check::TestExpectation& expectation) {
    std::vector<NodeId> wanted;
    for (const NodeId node : {expectation.left, expectation.right, expectation.condition}) {
      if (node.has_value()) {
        wanted.push_back(node);
      }
    }
    std::optional<std::vector<TensorData>> tensors = evaluate(wanted);
    if (!tensors) {
      return std::nullopt;
    }
    ExpectedValues values;
    std::size_t next = 0;
    if (expectation.left.has_value()) {
      values.left = std::move((*tensors)[next++]);
    }
    if (expectation.right.has_value()) {
      values.right = std::move((*tensors)[next++]);
    }
    if (expectation.condition.has_value()) {
      values.condition = std::move((*tensors)[next++]);
    }
    return values;
  }

private:
  std::optional<std::vector<TensorData>> evaluate(const std::vector<NodeId>& wanted) {
    for (const std::uint32_t input : inputs_behind(test_.formulas, wanted)) {
      if (!fill(input)) {
        return std::nullopt;
      }
    }
    return graph::evaluate(test_.formulas, evaluation_, wanted);
  }

  bool fill(std::uint32_t input) {
    if (is_filled_[input]) {
      return true;
    }
    std::optional<TensorData> data =
        std::visit(Overloaded{
                       [&](const check::CallResult& result) { return read_result(result); },
                       [&](const check::RandomTensor& random) { return draw(random, input); },
                       [&](const check::FileTensor& file) { return load(file, input); },
                   },
                   test_.sources[input]);
    if (!data) {
      return false;
    }
    evaluation_.inputs[input] = std::move(*data);
    is_filled_[input] = true;
    return true;
  }

  std::optional<TensorData> draw(const check::RandomTensor& random, std::uint32_t input) const {
    const NodeId node = test_.formulas.inputs[input].node;
    return weights::random_data(test_.formulas.node(node).type.dtype, shape_of(test_.formulas, node),
                                {random.seed, random.range_begin, random.range_end});
  }

  std::optional<TensorData> load(const check::FileTensor& file, std::uint32_t input) const {
    const std::string path = beside(code_.source_path, file.path);
    std::optional<TensorData> data = weights::read_data(path, file.name, session_.report);
    const NodeId node = test_.formulas.inputs[input].node;
    const TensorType& type = test_.formulas.node(node).type;
    if (data && (data->dtype != type.dtype || data->shape != shape_of(test_.formulas, node))) {
      session_.report.add(file.span, diag::DataShape, path,
                          fmt::format("{}[{}]", name_of(data->dtype), fmt::join(data->shape, ", ")), file.name,
                          type.to_text());
      return std::nullopt;
    }
    return data;
  }

  std::optional<TensorData> read_result(const check::CallResult& result) {
    const check::TestCall& call = test_.calls[result.call];
    const graph::Graph& graph = call.program ? test_.programs[*call.program] : code_.model->graph;
    const graph::Node& node = graph.node(result.node);
    if (node.op == graph::Op::input) {
      // An input that an expectation reads needs no run.
      const std::uint32_t index = graph::attributes<graph::InputAttributes>(node).index;
      auto value = evaluate({call.inputs[index]});
      return value ? std::optional(std::move(value->front())) : std::nullopt;
    }
    if (!results_[result.call] && !run(result.call, graph)) {
      return std::nullopt;
    }
    return results_[result.call]->at(result.node.value);
  }

  bool run(std::size_t index, const graph::Graph& graph) {
    const check::TestCall& call = test_.calls[index];
    TestProgram::Call given;
    given.sizes = call.sizes;
    for (const NodeId input : call.inputs) {
      given.inputs.emplace_back();
      if (input.has_value()) {
        auto value = evaluate({input});
        if (!value) {
          return false;
        }
        given.inputs.back() = std::move(value->front());
      }
    }
    std::optional<std::vector<TensorData>> tensors = weights_of(graph);
    const TestProgram* program = tensors ? program_of(call, graph) : nullptr;
    if (program == nullptr) {
      return false;
    }
    given.weights = std::move(*tensors);
    results_[index] = program->run(given, session_);
    return results_[index].has_value();
  }

  const TestProgram* program_of(const check::TestCall& call, const graph::Graph& graph) {
    std::optional<TestProgram>& program = call.program ? own_programs_[*call.program] : code_.program;
    if (program) {
      return &*program;
    }
    std::vector<NodeId> wanted;
    if (call.program) {
      wanted = values_read(test_, call.program);
    } else {
      for (const check::Test& test : code_.tests) {
        const std::vector<NodeId> read = values_read(test, std::nullopt);
        wanted.insert(wanted.end(), read.begin(), read.end());
      }
    }
    program = TestProgram::compile(graph, wanted, session_);
    code_.has_failed = code_.has_failed || (!call.program && !program);
    return program ? &*program : nullptr;
  }

  /// True when every weight of the graph is one of the model's: the model itself, or a `layer` of it.
  bool has_weights_of_model(const graph::Graph& graph) const {
    return code_.model != nullptr && std::ranges::all_of(graph.parameters, [&](const graph::ParameterInfo& parameter) {
             return std::ranges::find(code_.model->graph.parameters, parameter.path, &graph::ParameterInfo::path) !=
                    code_.model->graph.parameters.end();
           });
  }

  /// The weights of a graph: the model's where it has them, else of the test's generator or file.
  std::optional<std::vector<TensorData>> weights_of(const graph::Graph& graph) {
    const std::uint64_t seed = test_.weights && test_.weights->random_seed ? *test_.weights->random_seed : 0;
    const bool is_random = !test_.needs_weights || (test_.weights && test_.weights->random_seed);
    if (is_random) {
      return weights::random_weights(graph, seed);
    }
    if (!has_weights_of_model(graph)) {
      // A block has the weights of its file by its own paths; the file may serve several.
      KDLC_ASSERT(test_.weights.has_value(), "what is not the model's has weights of its own (K802)");
      check::WeightsClause clause = *test_.weights;
      clause.surplus_allow = true;
      return bind_clause(code_.source_path, graph, clause, session_);
    }
    const graph::Graph& model = code_.model->graph;
    std::optional<std::vector<TensorData>> bound =
        test_.weights ? bind_clause(code_.source_path, model, *test_.weights, session_)
                      : bind_weights(code_.source_path, model, code_.model->weights, session_);
    if (!bound || &graph == &model) {
      return bound;
    }
    std::vector<TensorData> tensors;
    for (const graph::ParameterInfo& parameter : graph.parameters) {
      for (std::size_t index = 0; index < model.parameters.size(); ++index) {
        if (model.parameters[index].path == parameter.path) {
          tensors.push_back((*bound)[index]);
        }
      }
    }
    return tensors;
  }

  TestedCode& code_;
  const check::Test& test_;
  Session& session_;
  graph::Evaluation evaluation_;                                             // of the formulas
  std::vector<bool> is_filled_;                                              // by the formulas' inputs
  std::vector<std::optional<std::map<std::uint32_t, TensorData>>> results_;  // by call: values by node
  std::map<std::size_t, std::optional<TestProgram>> own_programs_;
};

}  // namespace

TestResult run_test(TestedCode& code, const check::Test& test, Session& session) {
  Runner runner(code, test, session);
  TestResult result = TestResult::passed;
  for (const check::TestExpectation& expectation : test.expectations) {
    const std::optional<ExpectedValues> values = runner.values_of(expectation);
    if (!values) {
      return TestResult::not_run;
    }
    const Verdict verdict = judge_expectation(expectation, *values);
    if (verdict.holds) {
      continue;
    }
    result = TestResult::failed;
    Message& message = session.report.add(expectation.span, diag::ExpectFailed,
                                          std::string(session.sources.text(expectation.span)), test.title);
    for (const std::string& note : verdict.notes) {
      message.note(note);
    }
  }
  return result;
}

}  // namespace kdlc::driver
