// Cases of layers with numbers from Keras, and the one hook that runs them through any executor.
#include "numbers/layers/layer_case.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "unit/catalogue/bind_application.hpp"

namespace kdlc::testing {
namespace {

using nlohmann::json;

std::filesystem::path data_folder() {
  return std::filesystem::path(KDLC_TESTS_FOLDER) / "numbers" / "layers" / "data";
}

double number_from(const json& value) {
  if (!value.is_string()) {
    return value.get<double>();
  }
  const std::string text = value.get<std::string>();
  const double infinity = std::numeric_limits<double>::infinity();
  return text == "nan" ? std::numeric_limits<double>::quiet_NaN() : text == "inf" ? infinity : -infinity;
}

TensorType type_from(const json& value) {
  TensorType type;
  type.dtype = dtype_from_name(value.at("dtype").get<std::string>()).value();
  for (const json& axis : value.at("axes")) {
    type.shape.axes.push_back(axis.is_string() ? Dim::symbol(axis.get<std::string>()) : Dim(axis.get<std::int64_t>()));
  }
  return type;
}

std::vector<TensorData> tensors_from(const json& values) {
  std::vector<TensorData> tensors;
  for (const json& value : values) {
    tensors.push_back(tensor_from(value));
  }
  return tensors;
}

double tolerance_of(Closeness closeness) {
  switch (closeness) {
    case Closeness::elementwise:
      return 1e-6;
    case Closeness::sum:
      return 1e-5;
  }
  KDLC_UNREACHABLE("every closeness has its tolerance");
}

double largest_magnitude(const TensorData& data) {
  double largest = 0;
  for (std::int64_t index = 0; index < data.element_count(); ++index) {
    const double magnitude = std::abs(data.at(index));
    largest = std::isfinite(magnitude) ? std::max(largest, magnitude) : largest;
  }
  return largest;
}

bool is_close(double got, double wanted, double margin) {
  if (std::isnan(wanted) || std::isnan(got)) {
    return std::isnan(wanted) && std::isnan(got);
  }
  if (std::isinf(wanted) || std::isinf(got)) {
    return wanted == got;
  }
  return std::abs(got - wanted) <= margin;
}

}  // namespace

TensorData tensor_from(const json& value) {
  TensorData data = TensorData::zeros(dtype_from_name(value.at("dtype").get<std::string>()).value(),
                                      value.at("shape").get<std::vector<std::int64_t>>());
  const json& values = value.at("values");
  if (static_cast<std::int64_t>(values.size()) != data.element_count()) {
    throw std::runtime_error("a tensor has another number of values than its shape says");
  }
  for (std::int64_t index = 0; index < data.element_count(); ++index) {
    data.set(index, number_from(values.at(static_cast<std::size_t>(index))));
  }
  return data;
}

std::vector<std::string> differences(const TensorData& got, const TensorData& wanted, Closeness closeness) {
  if (got.dtype != wanted.dtype || got.shape != wanted.shape) {
    return {fmt::format("{} with {} numbers is given, {} with {} is expected", name_of(got.dtype), got.element_count(),
                        name_of(wanted.dtype), wanted.element_count())};
  }
  const double margin = is_float(wanted.dtype) ? tolerance_of(closeness) * largest_magnitude(wanted) : 0;
  std::vector<std::string> mistakes;
  for (std::int64_t index = 0; index < wanted.element_count() && mistakes.size() < 5; ++index) {
    if (!is_close(got.at(index), wanted.at(index), margin)) {
      mistakes.push_back(
          fmt::format("number {} is {:.9g}, expected {:.9g} ± {:.3g}", index, got.at(index), wanted.at(index), margin));
    }
  }
  return mistakes;
}

std::vector<LayerCase> load_cases(std::string_view entry) {
  std::ifstream file(data_folder() / (std::string(entry) + ".json"));
  const json document = json::parse(file);
  std::vector<LayerCase> cases;
  for (const json& item : document.at("cases")) {
    LayerCase one;
    one.entry = entry;
    one.about = item.at("about").get<std::string>();
    one.closeness = item.at("kind").get<std::string>() == "elementwise" ? Closeness::elementwise : Closeness::sum;
    one.settings = item.at("settings");
    one.sizes = item.at("sizes").get<std::map<std::string, std::int64_t>>();
    for (const json& input : item.at("inputs")) {
      one.input_types.push_back(type_from(input));
      if (input.contains("name")) {
        one.input_names.push_back(input.at("name").get<std::string>());
      }
    }
    one.inputs = tensors_from(item.at("inputs"));
    one.weights = tensors_from(item.at("weights"));
    one.outputs = tensors_from(item.at("outputs"));
    cases.push_back(std::move(one));
  }
  return cases;
}

std::vector<std::string> entries_with_cases() {
  std::vector<std::string> entries;
  for (const auto& file : std::filesystem::directory_iterator(data_folder())) {
    entries.push_back(file.path().stem().string());
  }
  std::ranges::sort(entries);
  return entries;
}

graph::Graph build_graph(const LayerCase& layer_case) {
  const std::unique_ptr<Bound> bound =
      bind_application(layer_case.entry, layer_case.input_types, layer_case.settings, layer_case.input_names);
  const catalogue::Application& application = bound->application;
  const auto inferred = application.layer->infer(application);
  if (!bound->in_range || !inferred) {
    throw std::runtime_error(layer_case.entry + ": " + bound->first_text());
  }
  graph::Graph graph;
  graph.name = "One";
  for (const auto& [name, size] : layer_case.sizes) {
    if (name != "N") {
      graph.dims.push_back({.name = name, .bound = size, .span = {}});
    }
  }
  graph::Builder builder(graph);
  const graph::RecordId record = graph.records.push_back({.path = "layer", .kind = layer_case.entry});
  builder.set_record(record);
  std::vector<graph::NodeId> inputs;
  for (const catalogue::BoundInput& input : application.inputs) {
    inputs.push_back(builder.input({.name = input.text}, input.type));
  }
  std::vector<graph::NodeId> weights;
  for (const catalogue::WeightSpec& weight : inferred->weights) {
    weights.push_back(builder.parameter({.path = "layer." + std::string(weight.name),
                                         .type = weight.type,
                                         .record = record,
                                         .initializer = weight.initializer,
                                         .trainable = weight.trainable,
                                         .non_negative = weight.non_negative}));
  }
  catalogue::Lowering lowering{
      .application = application, .builder = builder, .inputs = inputs, .weights = weights, .inferred = *inferred};
  const std::vector<graph::NodeId> results = application.layer->lower(lowering);
  if (results.size() != inferred->results.size()) {
    throw std::runtime_error(layer_case.entry + " lowers to another number of results than it infers");
  }
  for (std::size_t index = 0; index < results.size(); ++index) {
    if (builder.type(results[index]) != inferred->results[index]) {
      throw std::runtime_error(fmt::format("{} infers {} and lowers to {}", layer_case.entry,
                                           inferred->results[index].to_text(), builder.type(results[index]).to_text()));
    }
    graph.outputs.push_back({.name = fmt::format("y{}", index), .node = results[index]});
  }
  return graph;
}

std::vector<std::string> run_case(const LayerCase& layer_case, const Executor& executor) {
  const graph::Graph graph = build_graph(layer_case);
  std::vector<std::string> mistakes = graph::verify(graph);
  if (!mistakes.empty()) {
    return mistakes;
  }
  if (graph.parameters.size() != layer_case.weights.size()) {
    return {fmt::format("{} weights are given, Keras has {}", graph.parameters.size(), layer_case.weights.size())};
  }
  for (std::size_t index = 0; index < layer_case.weights.size(); ++index) {
    std::vector<std::int64_t> shape;
    for (const Dim& axis : graph.parameters[index].type.shape.axes) {
      shape.push_back(axis.constant());
    }
    if (shape != layer_case.weights[index].shape) {
      return {"the shape of " + graph.parameters[index].path + " is not Keras'"};
    }
  }
  const std::vector<TensorData> results =
      executor(graph, {.sizes = layer_case.sizes, .inputs = layer_case.inputs, .parameters = layer_case.weights});
  if (results.size() != layer_case.outputs.size()) {
    return {fmt::format("{} results are given, {} are expected", results.size(), layer_case.outputs.size())};
  }
  for (std::size_t index = 0; index < results.size(); ++index) {
    const auto found = differences(results[index], layer_case.outputs[index], layer_case.closeness);
    mistakes.insert(mistakes.end(), found.begin(), found.end());
  }
  return mistakes;
}

std::vector<TensorData> evaluate_outputs(const graph::Graph& graph, const graph::Evaluation& evaluation) {
  std::vector<graph::NodeId> wanted;
  for (const graph::OutputInfo& output : graph.outputs) {
    wanted.push_back(output.node);
  }
  return graph::evaluate(graph, evaluation, wanted);
}

}  // namespace kdlc::testing
