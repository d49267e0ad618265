// Compiled code beside the reference evaluator.
#include "unit/codegen/compare.hpp"

#include <algorithm>

#include "catch.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "support/other_choices.hpp"
#include "support/random_graph.hpp"
#include "support/run_model.hpp"

namespace kdlc::testing {
namespace {

std::vector<TensorData> reference(const graph::Graph& graph, const std::vector<TensorData>& inputs,
                                  const std::vector<TensorData>& parameters, std::map<std::string, std::int64_t> sizes,
                                  std::size_t n) {
  std::vector<graph::NodeId> nodes;
  for (const graph::OutputInfo& output : graph.outputs) {
    nodes.push_back(output.node);
  }
  sizes["N"] = static_cast<std::int64_t>(n);
  return evaluate(graph, {.sizes = sizes, .inputs = inputs, .parameters = parameters}, nodes);
}

std::vector<std::size_t> sample_counts(const plan::Plan& plan, const Comparison& comparison) {
  if (!comparison.n.empty()) {
    return comparison.n;
  }
  const auto chunk = static_cast<std::size_t>(plan.chunk.samples);
  return {1, 2, chunk <= 8 ? 3 * chunk + 2 : chunk + 1};
}

}  // namespace

void compare_with_reference(const graph::Graph& graph, const std::string& cpu, const MakeInputs& make_inputs,
                            const Comparison& comparison) {
  codegen::Target target = target_of(cpu);
  target.machine.l2_bytes = comparison.l2_bytes == 0 ? target.machine.l2_bytes : comparison.l2_bytes;
  if (comparison.multiply_adds_a_cycle != 0) {
    target.machine.multiply_adds_a_cycle = comparison.multiply_adds_a_cycle;
  }
  const graph::Graph optimised = passes::optimise(graph, {});
  plan::Options options{.machine = target.machine,
                        .strict = false,
                        .chunk = comparison.chunk,
                        .winograd_tile = comparison.winograd_tile,
                        .strassen = comparison.strassen};
  plan::MeasuredChoices measured;
  if (comparison.has_other_choices) {
    measured = other_choices(optimised, options, comparison.seed);
    options.measured = &measured;
  }
  const plan::Plan plan = plan::make_plan(optimised, options);
  INFO(cpu << "\n" << dump(graph) << "\n" << plan::dump(plan));
  const std::vector<TensorData> parameters = random_parameters(graph, comparison.seed);
  const auto model = compile_and_load(plan, target, plan::pack_weights(plan, parameters));
  std::vector<std::size_t> dims;
  for (const graph::DimInfo& dim : graph.dims) {
    dims.push_back(static_cast<std::size_t>(comparison.dims.at(dim.name)));
  }
  for (const std::size_t n : sample_counts(plan, comparison)) {
    const std::vector<TensorData> inputs = make_inputs(n);
    const std::vector<TensorData> expected = reference(graph, inputs, parameters, comparison.dims, n);
    for (const Guard guard : {Guard::behind, Guard::before}) {
      const RunResult result = run_guarded(model->model(), n, inputs, guard, dims);
      REQUIRE(result.status == KDLC_OK);
      for (std::size_t k = 0; k < expected.size(); ++k) {
        TensorData actual = expected[k];
        REQUIRE(actual.bytes.size() == result.outputs[k].size());
        actual.bytes = result.outputs[k];
        const auto difference = find_difference(expected[k], actual, comparison.tolerance);
        INFO("n = " << n << ", output " << k << ": " << difference.value_or(""));
        REQUIRE(!difference.has_value());
      }
    }
  }
}

void compare_with_reference(const graph::Graph& graph, const std::string& cpu, const Comparison& comparison) {
  const auto make_inputs = [&](std::size_t n) {
    return random_inputs(graph, {{"N", static_cast<std::int64_t>(n)}}, comparison.seed);
  };
  compare_with_reference(graph, cpu, make_inputs, comparison);
}

namespace {

bool has_negative_output(const graph::Graph& graph, const SizeValues& sizes) {
  return std::any_of(graph.outputs.begin(), graph.outputs.end(), [&](const graph::OutputInfo& output) {
    const std::vector<Dim>& axes = graph.node(output.node).type.shape.axes;
    return std::any_of(axes.begin(), axes.end(), [&](const Dim& axis) { return axis.evaluate(sizes).value() < 0; });
  });
}

std::string text_of(const SizeValues& sizes) {
  std::string text;
  for (const auto& [name, value] : sizes) {
    text += name + " = " + std::to_string(value) + " ";
  }
  return text;
}

}  // namespace

int compare_under_sizes(const graph::Graph& graph, const std::string& cpu, const std::vector<SizeValues>& sizes,
                        const Comparison& comparison) {
  const codegen::Target target = target_of(cpu);
  const plan::Plan plan = plan::make_plan(passes::optimise(graph, {}),
                                          {.machine = target.machine, .strict = false, .chunk = comparison.chunk});
  const std::vector<TensorData> parameters = random_parameters(graph, comparison.seed);
  const auto model = compile_and_load(plan, target, plan::pack_weights(plan, parameters));
  int refused = 0;
  for (const SizeValues& given : sizes) {
    INFO(cpu << ", " << text_of(given) << "\n" << dump(graph) << plan::dump(plan));
    std::vector<std::size_t> dims;
    for (const graph::DimInfo& dim : graph.dims) {
      dims.push_back(static_cast<std::size_t>(given.at(dim.name)));
    }
    const auto n = static_cast<std::size_t>(given.contains("N") ? given.at("N") : 1);
    const bool fits = std::all_of(plan.size_rules.begin(), plan.size_rules.end(),
                                  [&](const graph::SizeRule& rule) { return graph::holds(rule, given); });
    refused += fits ? 0 : 1;
    if (!fits && has_negative_output(graph, given)) {
      continue;  // no memory has such a size
    }
    const std::vector<TensorData> inputs = random_inputs(graph, given, comparison.seed);
    const Guard guard = n % 2 == 0 ? Guard::before : Guard::behind;
    const RunResult result = run_guarded(model->model(), n, inputs, guard, dims);
    REQUIRE(result.status == (fits ? KDLC_OK : KDLC_E_SIZE));
    if (!fits) {
      continue;
    }
    const std::vector<TensorData> expected = reference(graph, inputs, parameters, given, n);
    for (std::size_t k = 0; k < expected.size(); ++k) {
      TensorData actual = expected[k];
      REQUIRE(actual.bytes.size() == result.outputs[k].size());
      actual.bytes = result.outputs[k];
      const auto difference = find_difference(expected[k], actual, comparison.tolerance);
      INFO("output " << k << ": " << difference.value_or(""));
      REQUIRE(!difference.has_value());
    }
  }
  return refused;
}

void compare_on_all_cpus(const graph::Graph& graph, const MakeInputs& make_inputs, const Comparison& comparison) {
  for (const std::string& cpu : runnable_cpus()) {
    compare_with_reference(graph, cpu, make_inputs, comparison);
  }
}

}  // namespace kdlc::testing
