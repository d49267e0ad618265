// See compare_plan.hpp.
#include "unit/plan/compare_plan.hpp"

#include "catch.hpp"
#include "support/random_graph.hpp"

namespace kdlc::testing {

void compare_plan(const graph::Graph& graph, const plan::Plan& plan, const std::map<std::string, std::int64_t>& sizes,
                  std::uint64_t seed, Way way) {
  const graph::Evaluation evaluation{
      .sizes = sizes, .inputs = random_inputs(graph, sizes, seed), .parameters = random_parameters(graph, seed)};
  std::vector<graph::NodeId> outputs;
  for (const graph::OutputInfo& output : graph.outputs) {
    outputs.push_back(output.node);
  }
  const std::vector<TensorData> expected = graph::evaluate(graph, evaluation, outputs);
  const std::vector<TensorData> actual =
      run_plan(plan, evaluation.inputs, evaluation.parameters, sizes.at("N"), sizes, nullptr, way);
  for (std::size_t index = 0; index < expected.size(); ++index) {
    // Passes round to float in other places: a few units in the last place of the largest value each.
    const auto difference = find_difference(expected[index], actual[index], 1e-5);
    std::string values;
    for (const auto& [name, value] : sizes) {
      values += name + " = " + std::to_string(value) + " ";
    }
    INFO("seed " << seed << ", " << values << "output " << index << ": " << difference.value_or("") << "\n"
                 << graph::dump(graph) << graph::dump(plan.graph) << plan::dump(plan));
    REQUIRE_FALSE(difference.has_value());
  }
}

}  // namespace kdlc::testing
