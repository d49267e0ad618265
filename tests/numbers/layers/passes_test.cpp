// Every entry of the catalogue against numbers from Keras, once the passes have run and through plans.
#include "passes/passes.hpp"
#include "catch.hpp"
#include "numbers/layers/layer_case.hpp"
#include "plan/plan.hpp"
#include "support/run_plan.hpp"

using namespace kdlc;

namespace {

/// Runs all cases and names those that go wrong.
void run_all(const testing::Executor& executor) {
  for (const std::string& entry : testing::entries_with_cases()) {
    for (const testing::LayerCase& layer_case : testing::load_cases(entry)) {
      CAPTURE(entry, layer_case.about);
      CHECK(testing::run_case(layer_case, executor) == std::vector<std::string>());
    }
  }
}

}  // namespace

TEST_CASE("optimised graphs give Keras' numbers") {
  run_all([](const graph::Graph& graph, const graph::Evaluation& evaluation) {
    return testing::evaluate_outputs(passes::optimise(graph, {}), evaluation);
  });
}

TEST_CASE("plans give Keras' numbers") {
  run_all([](const graph::Graph& graph, const graph::Evaluation& evaluation) {
    const plan::Plan plan = plan::make_plan(passes::optimise(graph, {}), {.chunk = 2});
    const auto batch = evaluation.sizes.find("N");  // a table without samples has none
    return testing::run_plan(plan, evaluation.inputs, evaluation.parameters,
                             batch == evaluation.sizes.end() ? 1 : batch->second, evaluation.sizes);
  });
}
