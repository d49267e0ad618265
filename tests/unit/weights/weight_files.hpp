// What the tests of weights/ share: folders that vanish, safetensors files made by hand, graphs that are only weights.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "graph/graph.hpp"

namespace kdlc::test {

/// A new folder, removed with all that is in it.
class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kdlc-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return file(name);
  }

private:
  std::filesystem::path path_;
};

inline std::string contents_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline std::string bytes_of(const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

inline std::string little_endian_64(std::uint64_t value) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &value, 8);
  return bytes;
}

/// A file of a header as given and data as given.
inline std::string safetensors_bytes(const std::string& header, const std::string& data) {
  return little_endian_64(header.size()) + header + data;
}

struct NamedTensor {
  std::string key;
  std::vector<std::int64_t> shape;
  std::string bytes;
  std::string dtype = "F32";
};

/// A sound file of these tensors, one behind the other.
inline std::string safetensors_of(const std::vector<NamedTensor>& tensors) {
  std::string header = "{\"__metadata__\":{\"format\":\"np\"}";
  std::string data;
  for (const NamedTensor& tensor : tensors) {
    std::string shape;
    for (const std::int64_t size : tensor.shape) {
      shape += (shape.empty() ? "" : ",") + std::to_string(size);
    }
    header += ",\"" + tensor.key + "\":{\"dtype\":\"" + tensor.dtype + "\",\"shape\":[" + shape +
              "],\"data_offsets\":[" + std::to_string(data.size()) + "," +
              std::to_string(data.size() + tensor.bytes.size()) + "]}";
    data += tensor.bytes;
  }
  return safetensors_bytes(header + "}", data);
}

/// 0, 1, 2, … as floats.
inline std::string counting(std::size_t count) {
  std::vector<float> values;
  for (std::size_t index = 0; index < count; ++index) {
    values.push_back(static_cast<float>(index));
  }
  return bytes_of(values);
}

struct Weight {
  std::string path;
  std::vector<std::int64_t> shape;
  std::string kind = "dense";
  std::string initializer = "glorot_uniform";
  bool non_negative = false;
  DType dtype = DType::f32;
  double value = 0;
};

/// A graph that has parameters and their records, and nothing that computes.
inline graph::Graph graph_of(const std::vector<Weight>& weights) {
  graph::Graph graph;
  graph.name = "Sample";
  for (const Weight& weight : weights) {
    graph::Record record;
    record.kind = weight.kind;
    graph::ParameterInfo parameter;
    parameter.path = weight.path;
    parameter.type.dtype = weight.dtype;
    for (const std::int64_t size : weight.shape) {
      parameter.type.shape.axes.emplace_back(size);
    }
    parameter.record = graph.records.push_back(record);
    parameter.initializer = {weight.initializer, weight.value};
    parameter.non_negative = weight.non_negative;
    graph.parameters.push_back(parameter);
  }
  return graph;
}

/// `K601 text`, a line for each message, with its notes and helps indented below.
inline std::string text_of(const Report& report) {
  std::string text;
  for (const Message& message : report.messages()) {
    text += std::string(message.kind->code) + " " + message.text + "\n";
    for (const std::string& note : message.notes) {
      text += "  note: " + note + "\n";
    }
    for (const Help& help : message.helps) {
      text += "  help: " + help.text + "\n";
    }
  }
  return text;
}

}  // namespace kdlc::test
