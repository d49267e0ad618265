// See layer_error.hpp.
#include "unit/codegen/layer_error.hpp"

#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "support/random_graph.hpp"
#include "support/run_model.hpp"

namespace kdlc::testing {
namespace {

double largest(const TensorData& tensor) {
  double value = 0;
  for (std::int64_t index = 0; index < tensor.element_count(); ++index) {
    value = std::max(value, std::abs(tensor.at(index)));
  }
  return value;
}

}  // namespace

LayerError measure_error(const graph::Graph& graph, const plan::Plan& plan, const codegen::Target& target,
                         std::int64_t terms, std::uint64_t seed) {
  const std::map<std::string, std::int64_t> sizes = {{"N", 1}};
  TensorData input = random_inputs(graph, sizes, seed).front();
  Random random(seed);
  for (std::int64_t index = 0; index < input.element_count(); ++index) {
    input.set(index, random.number(-1, 1));
  }
  const std::vector<TensorData> parameters = random_parameters(graph, seed);
  const auto model = compile_and_load(plan, target, plan::pack_weights(plan, parameters));
  const RunResult result = run_guarded(model->model(), 1, {input}, Guard::behind);
  REQUIRE(result.status == KDLC_OK);
  const TensorData expected = graph::evaluate(graph, {.sizes = sizes, .inputs = {input}, .parameters = parameters},
                                              {graph.outputs.front().node})
                                  .front();
  TensorData actual = expected;
  actual.bytes = result.outputs.front();
  LayerError error{.magnitude = static_cast<double>(terms) * largest(input) * largest(parameters.front()),
                   .output = largest(expected)};
  for (std::int64_t index = 0; index < expected.element_count(); ++index) {
    error.largest = std::max(error.largest, std::abs(actual.at(index) - expected.at(index)));
  }
  return error;
}

}  // namespace kdlc::testing
