// From weight paths to the keys under which a file may hold them: prefix, renames, styles.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "weights/weights.hpp"

namespace kdlc::weights {

/// How a file lays out a weight where that differs from kdl: file axes → kdl axes.
struct Layout {
  /// kdl axis k is the file's axis permutation[k] (after `split`); empty: as in the file.
  std::vector<std::size_t> permutation;
  /// The file's first axis is split in two, the second having this size (0: not split). Depthwise kernels of PyTorch
  /// are [in × multiplier, 1, …] where kdl has [in, multiplier].
  std::size_t split = 0;

  [[nodiscard]] bool is_plain() const { return permutation.empty() && split == 0; }
};

/// Where to look for one weight.
struct FileKeys {
  std::vector<std::string> keys;  // best first; any of them will do
  Layout layout;
  std::optional<std::size_t> rename;  // index into Binding::renames of the one that gave the key
  bool is_known = true;               // false: the style does not say how this kind of layer is stored
};

/// The keys of one parameter.
FileKeys keys_of(const graph::Graph& graph, const graph::ParameterInfo& parameter, const Binding& binding);

/// True for entries that a style keeps beside the weights and that no model needs (`num_batches_tracked`).
bool is_bookkeeping(const std::string& key, const Binding& binding);

}  // namespace kdlc::weights
