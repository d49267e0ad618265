// Every entry of the catalogue against numbers from Keras, once the passes have run and through plans.
#include "passes/passes.hpp"
#include "catch.hpp"
#include "numbers/layers/layer_case.hpp"
#include "plan/plan.hpp"
#include "support/run_plan.hpp"

using namespace kdlc;

namespace {

/// Runs all cases that `takes` accepts and names those that go wrong.
void run_all(const testing::Executor& executor, bool (*takes)(const testing::LayerCase&)) {
  for (const std::string& entry : testing::entries_with_cases()) {
    for (const testing::LayerCase& layer_case : testing::load_cases(entry)) {
      if (!takes(layer_case)) {
        continue;
      }
      CAPTURE(entry, layer_case.about);
      CHECK(testing::run_case(layer_case, executor) == std::vector<std::string>());
    }
  }
}

bool is_static(const testing::LayerCase& layer_case) {
  return layer_case.sizes.size() == 1;
}

}  // namespace

TEST_CASE("optimised graphs give Keras' numbers") {
  run_all(
      [](const graph::Graph& graph, const graph::Evaluation& evaluation) {
        return testing::evaluate_outputs(passes::optimise(graph, {}), evaluation);
      },
      [](const testing::LayerCase&) { return true; });
}

TEST_CASE("plans give Keras' numbers") {
  run_all(
      [](const graph::Graph& graph, const graph::Evaluation& evaluation) {
        const plan::Plan plan = plan::make_plan(passes::optimise(graph, {}), {.chunk = 2});
        return testing::run_plan(plan, evaluation.inputs, evaluation.parameters, evaluation.sizes.at("N"));
      },
      is_static);
}
