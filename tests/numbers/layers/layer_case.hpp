// Cases of layers with numbers from Keras, and the one hook that runs them through any executor.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "graph/graph.hpp"

namespace kdlc::testing {

/// How far results may be from Keras', as a part of the largest finite magnitude of the result.
/// elementwise: 1e-6, about 8 units in the last place of float32, for functions that both sides approximate.
/// sum: 1e-5, as sums of some hundred products are rounded in another order on each side.
enum class Closeness : std::uint8_t { elementwise, sum };

struct LayerCase {
  std::string entry;  // `conv2d`
  std::string about;
  Closeness closeness = Closeness::sum;
  nlohmann::json settings;
  std::map<std::string, std::int64_t> sizes;  // N, and what is known only at run time
  std::vector<TensorType> input_types;
  std::vector<std::string> input_names;  // which input each is given to; empty: in order
  std::vector<TensorData> inputs;
  std::vector<TensorData> weights;  // in the order of Inferred::weights
  std::vector<TensorData> outputs;
};

/// The cases of one entry: data/<entry>.json.
std::vector<LayerCase> load_cases(std::string_view entry);
/// A tensor of a data file: its element type, shape and values.
TensorData tensor_from(const nlohmann::json& value);
/// Where numbers are too far from the expected ones; empty when they are not.
std::vector<std::string> differences(const TensorData& got, const TensorData& wanted, Closeness closeness);
/// The entries that have cases, sorted.
std::vector<std::string> entries_with_cases();

/// A model of one layer: its inputs, its weights as parameters, its results as outputs.
graph::Graph build_graph(const LayerCase& layer_case);

/// Computes the graph's outputs: the reference evaluator, a plan, or compiled code.
using Executor = std::function<std::vector<TensorData>(const graph::Graph& graph, const graph::Evaluation& evaluation)>;

/// What is wrong when the case runs through the executor: types that differ from the numbers, a graph that does not
/// verify, results too far from Keras'. Empty when nothing is.
std::vector<std::string> run_case(const LayerCase& layer_case, const Executor& executor);

/// The results of graph::evaluate.
std::vector<TensorData> evaluate_outputs(const graph::Graph& graph, const graph::Evaluation& evaluation);

}  // namespace kdlc::testing
