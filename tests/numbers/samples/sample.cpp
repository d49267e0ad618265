// Inputs by formula, weights by the generator that the oracle shares, and the comparison.
#include "numbers/samples/sample.hpp"

#include <cmath>
#include <fstream>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "unit/check/check_text.hpp"
#include "unit/weights/weight_files.hpp"
#include "weights/weights.hpp"

namespace kdlc::testing {
namespace {

using nlohmann::json;

const std::filesystem::path kTests = KDLC_TESTS_FOLDER;

/// Uniform numbers within ±limit from the generator of random weights.
TensorData uniform(const std::string& path, const std::vector<std::int64_t>& shape, double limit) {
  const graph::Graph graph = test::graph_of({{.path = path, .shape = shape, .initializer = "uniform", .value = limit}});
  return weights::random_weights(graph, 2).front();
}

/// As `numbers` of the oracle: sample k is k + 1 times as large, then shifted; ids are whole numbers, 0 behind a
/// sample's length.
TensorData input_numbers(const std::string& name, const json& about) {
  const auto shape = about.at("shape").get<std::vector<std::int64_t>>();
  const TensorData drawn = uniform("input." + name, shape, about.at("limit").get<double>());
  TensorData data = TensorData::zeros(*dtype_from_name(about.at("dtype").get<std::string>()), shape);
  const std::int64_t sample_size = drawn.element_count() / shape.front();
  for (std::int64_t index = 0; index < drawn.element_count(); ++index) {
    const std::int64_t sample = index / sample_size;
    const auto number = static_cast<float>(drawn.at(index));
    if (data.dtype == DType::f32) {
      data.set(index, number * static_cast<float>(sample + 1) + about.at("shift").get<float>());
    } else if (index % sample_size < about.at("lengths").at(static_cast<std::size_t>(sample)).get<std::int64_t>()) {
      data.set(index, std::max(std::floor(std::abs(static_cast<double>(number))), 1.0));
    }
  }
  return data;
}

/// The key of a path in the weights file that the clause describes.
std::string file_key(const std::string& path, const check::WeightsClause& clause) {
  for (const check::WeightsClause::Rename& rename : clause.renames) {
    if (path.starts_with(rename.from + ".")) {
      return rename.to + path.substr(rename.from.size());
    }
  }
  return clause.prefix + path;
}

/// The file that the sample's own weights clause names, or one for --weights; weights whose path ends in a name of
/// `limits` are uniform within that limit, all others are those of `random:1`. Gives the words of the command line.
std::vector<std::string> write_weights(const std::string& source, const json& limits, const ScratchFolder& folder) {
  CheckedText checked;
  check_into(checked, source, test::contents_of(source), {.code_needed = check::CodeNeeded::nothing});
  REQUIRE(checked.model.has_value());
  graph::Graph& graph = checked.model->graph;
  for (graph::ParameterInfo& parameter : graph.parameters) {
    for (const auto& [ending, limit] : limits.items()) {
      if (parameter.path.ends_with(ending)) {
        parameter.initializer = {"uniform", limit.get<double>()};
      }
    }
  }
  const std::vector<TensorData> tensors = weights::random_weights(graph, 1);
  const bool has_clause = checked.model->weights.has_value();
  const check::WeightsClause clause = checked.model->weights.value_or(check::WeightsClause{.path = "w.safetensors"});
  std::vector<test::NamedTensor> named;
  for (std::size_t index = 0; index < tensors.size(); ++index) {
    const auto* bytes = reinterpret_cast<const char*>(tensors[index].bytes.data());
    named.push_back({.key = file_key(graph.parameters[index].path, clause),
                     .shape = tensors[index].shape,
                     .bytes = std::string(bytes, tensors[index].bytes.size())});
  }
  const std::string file = folder.write(clause.path, test::safetensors_of(named));
  return has_clause ? std::vector<std::string>{} : std::vector<std::string>{"--weights", file};
}

std::vector<ExpectedOutput> outputs_from(const json& values) {
  std::vector<ExpectedOutput> outputs;
  for (const json& value : values) {
    outputs.push_back({value.at("name").get<std::string>(), value.at("shape").get<std::vector<std::int64_t>>(),
                       value.at("step").get<std::int64_t>(), value.at("values").get<std::vector<double>>()});
  }
  return outputs;
}

}  // namespace

Sample set_up_sample(const std::string& name, const ScratchFolder& folder) {
  std::ifstream file(kTests / "numbers" / "samples" / "data" / (name + ".json"));
  const json document = json::parse(file);
  Sample sample;
  sample.source = folder.path(name + ".kdl");
  const std::filesystem::path example =
      std::filesystem::path(KDLC_PROJECT_FOLDER) / "examples" / "models" / (name + ".kdl");
  const std::filesystem::path samples = kTests / "golden" / "samples";
  std::filesystem::copy_file(std::filesystem::exists(example) ? example : samples / (name + ".kdl"), sample.source);
  std::filesystem::copy_file(samples / "blocks.kdl", folder.path("blocks.kdl"));
  Report report;
  for (const auto& [input, about] : document.at("inputs").items()) {
    const std::string path = folder.path(input + ".npy");
    REQUIRE(weights::write_npy(path, input_numbers(input, about), report));
    sample.input_words.push_back(input + "=" + path);
  }
  if (document.at("limits").empty()) {
    sample.weights = {"--weights", "random:1"};
  } else {
    sample.weights = write_weights(sample.source, document.at("limits"), folder);
  }
  sample.outputs = outputs_from(document.at("outputs"));
  return sample;
}

double worst_error(const ExpectedOutput& expected, const TensorData& actual) {
  double worst = 0;
  double largest = 0;
  for (std::size_t k = 0; k < expected.values.size(); ++k) {
    const double error = std::abs(actual.at(static_cast<std::int64_t>(k) * expected.step) - expected.values[k]);
    largest = std::max(largest, std::abs(expected.values[k]));
    worst = error <= worst ? worst : error;  // a NaN stays
  }
  return worst / largest;
}

}  // namespace kdlc::testing
