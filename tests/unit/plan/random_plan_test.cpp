// Random models: the plan of the optimised graph, executed in plain code, equals the graph as it was written.
#include "catch.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "support/random_graph.hpp"
#include "support/run_plan.hpp"

using namespace kdlc;

namespace {

constexpr int kModels = 600;

plan::Options options_of(std::uint64_t seed) {
  plan::Options options;
  options.strict = seed % 3 == 0;
  options.chunk = static_cast<std::int64_t>(seed % 4);  // 0: the planner's own choice
  if (seed % 2 == 0) {
    options.machine = {.vector_bytes = 64, .vector_registers = 32, .has_fma = true, .has_masks = true};
  }
  return options;
}

}  // namespace

TEST_CASE("plans of random models equal the reference evaluator") {
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    const graph::Graph graph = testing::make_random_graph({.seed = seed});
    const plan::Options options = options_of(seed);
    const graph::Graph optimised = passes::optimise(graph, {.strict = options.strict, .after_pass = {}});
    const plan::Plan plan = plan::make_plan(optimised, options);
    const std::int64_t batch = 1 + static_cast<std::int64_t>(seed % 5);
    const graph::Evaluation evaluation{.sizes = {{"N", batch}},
                                       .inputs = testing::random_inputs(graph, {{"N", batch}}, seed),
                                       .parameters = testing::random_parameters(graph, seed)};
    std::vector<graph::NodeId> outputs;
    for (const graph::OutputInfo& output : graph.outputs) {
      outputs.push_back(output.node);
    }
    const std::vector<TensorData> expected = graph::evaluate(graph, evaluation, outputs);
    const std::vector<TensorData> actual = testing::run_plan(plan, evaluation.inputs, evaluation.parameters, batch);
    for (std::size_t index = 0; index < expected.size(); ++index) {
      // Passes round to float in other places: a few units in the last place of the largest value each.
      const auto difference = testing::find_difference(expected[index], actual[index], 1e-5);
      INFO("seed " << seed << ", output " << index << ": " << difference.value_or("") << "\n"
                   << graph::dump(graph) << graph::dump(optimised) << plan::dump(plan));
      REQUIRE_FALSE(difference.has_value());
    }
  }
}
