// From weight paths to the keys under which a file may hold them: prefix, renames, styles.
#pragma once

#include <cstddef>
#include <cstdint>
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
  /// The file's first axis is `block_count` blocks, of which kdl has `blocks` in this order: gates in another order, or
  /// one part of several. 0: as in the file.
  std::size_t block_count = 0;
  std::vector<std::size_t> blocks;
  /// kdl's sizes with neighbouring axes merged, as the file has them: heads · dim. Empty: nothing is merged.
  std::vector<std::int64_t> merged;
  /// What is done with the second tensor of a weight that the file keeps in two: added, or put behind the first along
  /// a new first axis.
  enum class Second : std::uint8_t { none, added, stacked };
  Second second = Second::none;

  [[nodiscard]] bool is_plain() const { return permutation.empty() && split == 0 && block_count == 0; }
};

/// Where to look for one weight.
struct FileKeys {
  std::vector<std::string> keys;    // best first; any of them will do
  std::optional<std::string> also;  // the key of the second tensor, where the file keeps the weight in two
  Layout layout;
  std::optional<std::size_t> rename;  // index into Binding::renames of the one that gave the key
  bool is_known = true;               // false: the style does not say how this kind of layer is stored
};

/// The keys of one parameter.
FileKeys keys_of(const graph::Graph& graph, const graph::ParameterInfo& parameter, const Binding& binding);

/// True for entries that a style keeps beside the weights and that no model needs (`num_batches_tracked`).
bool is_bookkeeping(const std::string& key, const Binding& binding);

}  // namespace kdlc::weights
