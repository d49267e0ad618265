// Every entry of the catalogue as native code against numbers from Keras.
#include <cstring>
#include <numeric>

#include "catch.hpp"
#include "codegen/codegen.hpp"
#include "numbers/layers/layer_case.hpp"
#include "passes/passes.hpp"
#include "support/run_model.hpp"

using namespace kdlc;

namespace {

/// The value of an output from the bytes of a call.
TensorData output_data(const TensorType& type, const graph::Evaluation& evaluation,
                       const std::vector<std::byte>& bytes) {
  std::vector<std::int64_t> shape;
  for (const Dim& axis : type.shape.axes) {
    shape.push_back(axis.evaluate(evaluation.sizes).value());
  }
  TensorData data = TensorData::zeros(type.dtype, shape);
  REQUIRE(bytes.size() >= data.bytes.size());
  std::memcpy(data.bytes.data(), bytes.data(), data.bytes.size());
  return data;
}

std::vector<TensorData> run_compiled(const graph::Graph& graph, const graph::Evaluation& evaluation) {
  const codegen::Target target = testing::target_of("native");
  const plan::Plan plan = plan::make_plan(passes::optimise(graph, {}), {.machine = target.machine, .chunk = 2});
  const auto model = testing::compile_and_load(plan, target, plan::pack_weights(plan, evaluation.parameters));
  std::vector<std::size_t> sizes;
  for (const graph::DimInfo& dim : graph.dims) {
    sizes.push_back(static_cast<std::size_t>(evaluation.sizes.at(dim.name)));
  }
  const auto batch = evaluation.sizes.find("N");  // a table without samples has none
  const auto n = batch == evaluation.sizes.end() ? std::size_t{1} : static_cast<std::size_t>(batch->second);
  const testing::RunResult result =
      testing::run_guarded(model->model(), n, evaluation.inputs, testing::Guard::behind, sizes);
  REQUIRE(result.status == KDLC_OK);
  std::vector<TensorData> outputs;
  for (std::size_t index = 0; index < graph.outputs.size(); ++index) {
    outputs.push_back(output_data(graph.node(graph.outputs[index].node).type, evaluation, result.outputs[index]));
  }
  return outputs;
}

}  // namespace

TEST_CASE("compiled layers give Keras' numbers") {
  for (const std::string& entry : testing::entries_with_cases()) {
    for (const testing::LayerCase& layer_case : testing::load_cases(entry)) {
      CAPTURE(entry, layer_case.about);
      CHECK(testing::run_case(layer_case, run_compiled) == std::vector<std::string>());
    }
  }
}
