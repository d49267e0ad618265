// Front door of weights/: weight files, data files, and the binding of tensors to weight names.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "graph/graph.hpp"
#include "types/tensor_data.hpp"

namespace kdlc::weights {

/// How file keys relate to weight paths.
struct Binding {
  Span span;  // of the clause; unknown for --weights
  std::string prefix;
  std::string style = "kdl";  // kdl | keras | torch
  bool missing_init = false;
  bool surplus_allow = false;
  struct Rename {
    std::string from;  // a path or a leading part of one; one `*`
    std::string to;
    Span span;
  };
  std::vector<Rename> renames;
};

/// The tensors of every parameter, in the order of graph.parameters, read from the safetensors or .npz file at `path`.
/// nullopt after reporting all mismatches together (K600 to K610); converted element types (K611, K612) and, for style
/// torch, dense layers behind a flatten (K620) are reported beside the result. Give it the checked graph, before
/// passes.
std::optional<std::vector<TensorData>> load_weights(const graph::Graph& graph, const std::string& path,
                                                    const Binding& binding, Report& report);

/// Weights for trying, timing and testing, by each parameter's initializer, but with zeros spread to ±0.1 and ones to
/// 0.5 … 1.5, so that a lost bias or a batch norm applied twice shows. From a named generator (SplitMix64 seeded by
/// seed and path): the same numbers on every platform.
std::vector<TensorData> random_weights(const graph::Graph& graph, std::uint64_t seed);

/// Data for trying a model: floats even in [-1, 1), whole numbers in the half-open range, flags by chance. The same
/// numbers on every platform.
struct RandomData {
  std::uint64_t seed = 0;
  std::int64_t range_begin = 0;
  std::int64_t range_end = 2;
};
TensorData random_data(DType dtype, std::vector<std::int64_t> shape, const RandomData& random);

/// The arrays of a .npz file by their names (without `.npy`). nullopt after reporting K650 and its like.
std::optional<std::map<std::string, TensorData>> read_npz(const std::string& path, Report& report);
/// True when the file is a zip archive, as a .npz file is.
bool is_npz(const std::string& path);
/// The array of a .npy file, or the one called `name` of a .npz file. nullopt after reporting.
std::optional<TensorData> read_data(const std::string& path, const std::string& name, Report& report);
/// A .npy file. nullopt after reporting K650 and its like.
std::optional<TensorData> read_npy(const std::string& path, Report& report);
/// Written beside, then renamed; false after reporting.
bool write_npy(const std::string& path, const TensorData& data, Report& report);

}  // namespace kdlc::weights
