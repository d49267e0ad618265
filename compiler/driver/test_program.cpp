// Compiled code for tests.
#include "driver/test_program.hpp"

#include <utility>

#include "driver/model_options.hpp"
#include "driver/run_model.hpp"
#include "passes/passes.hpp"

namespace kdlc::driver {

namespace {

/// A value that all samples share, once for each sample: outputs have a batch.
graph::NodeId with_batch(graph::Graph& graph, graph::NodeId node) {
  Shape shape = graph.node(node).type.shape;
  if (shape.has_batch()) {
    return node;
  }
  shape.axes.insert(shape.axes.begin(), Dim::batch());
  return graph::Builder(graph).broadcast_to(node, shape);
}

/// What the first sample holds.
TensorData first_sample(const TensorData& data) {
  TensorData sample{data.dtype, {data.shape.begin() + 1, data.shape.end()}, {}};
  const auto size = static_cast<std::ptrdiff_t>(data.bytes.size() / static_cast<std::size_t>(data.shape.front()));
  sample.bytes.assign(data.bytes.begin(), data.bytes.begin() + size);
  return sample;
}

/// An input on which nothing that is asked for depends, but which the code reads.
TensorData any_input(const graph::InputInfo& input, const TensorType& type,
                     const std::map<std::string, std::int64_t>& sizes) {
  std::vector<std::int64_t> shape;
  for (const Dim& axis : type.shape.axes) {
    shape.push_back(axis.evaluate(sizes).value_or(1));
  }
  TensorData data = TensorData::zeros(type.dtype, std::move(shape));
  const std::int64_t count = input.range_begin ? data.element_count() : 0;
  for (std::int64_t index = 0; index < count; ++index) {
    data.set(index, static_cast<double>(*input.range_begin));
  }
  return data;
}

std::optional<Compiled> compile_graph(graph::Graph graph, Session& session) {
  const std::optional<codegen::Target> target = find_target(session);
  if (!target.has_value()) {
    return std::nullopt;
  }
  const std::string prefix = prefix_of(graph, session.arguments);
  session.enter("compiling the tests of");
  graph = passes::optimise(passes::forget_states(std::move(graph)), {.strict = session.arguments.strict});
  Compiled compiled{plan::make_plan(std::move(graph), {.machine = target->machine, .strict = session.arguments.strict}),
                    *target,
                    prefix,
                    {},
                    {},
                    {}};
  const codegen::Options options = codegen_options(compiled, {.place = WeightsPlace::external}, session.arguments);
  std::optional<std::string> code = codegen::compile(compiled.plan, options, session.report);
  if (!code.has_value()) {
    return std::nullopt;
  }
  compiled.code = std::move(*code);
  return compiled;
}

}  // namespace

std::optional<TestProgram> TestProgram::compile(const graph::Graph& graph, const std::vector<graph::NodeId>& wanted,
                                                Session& session) {
  TestProgram program;
  program.graph_ = &graph;
  graph::Graph with_values = graph;
  std::erase_if(with_values.outputs, [](const graph::OutputInfo& output) { return output.is_tap; });
  for (std::size_t index = 0; index < graph.outputs.size(); ++index) {
    program.output_of_.emplace(graph.outputs[index].node.value, index);
  }
  for (const graph::NodeId node : wanted) {
    const bool is_input = graph.node(node).op == graph::Op::input;
    if (is_input || program.output_of_.contains(node.value)) {
      continue;
    }
    program.output_of_.emplace(node.value, with_values.outputs.size());
    graph::OutputInfo output;
    output.name = "value" + std::to_string(node.value);
    output.node = with_batch(with_values, node);
    with_values.outputs.push_back(std::move(output));
  }
  std::optional<Compiled> compiled = compile_graph(std::move(with_values), session);
  if (!compiled.has_value()) {
    return std::nullopt;
  }
  program.compiled_ = std::move(*compiled);
  return program;
}

std::optional<std::map<std::uint32_t, TensorData>> TestProgram::run(const Call& call, Session& session) const {
  std::map<std::string, GivenTensor> inputs;
  std::map<std::uint32_t, TensorData> values;
  for (std::size_t index = 0; index < graph_->inputs.size(); ++index) {
    const graph::InputInfo& input = graph_->inputs[index];
    const TensorData data = call.inputs[index].value_or(any_input(input, graph_->node(input.node).type, call.sizes));
    values[input.node.value] = data;
    inputs[input.name] = {data, "the test"};
  }
  const std::vector<std::byte> packed = plan::pack_weights(compiled_.plan, call.weights);
  std::optional<std::vector<TensorData>> outputs =
      run_model(compiled_, codegen::packed_file(compiled_.plan, packed), inputs, session);
  if (!outputs.has_value()) {
    return std::nullopt;
  }
  for (const auto& [node, output] : output_of_) {
    const bool has_batch = graph_->nodes[graph::NodeId{node}].type.shape.has_batch();
    values[node] = has_batch ? (*outputs)[output] : first_sample((*outputs)[output]);
  }
  return values;
}

}  // namespace kdlc::driver
