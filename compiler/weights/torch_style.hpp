// How PyTorch names and lays out the weights of each kind of layer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "graph/graph.hpp"
#include "weights/file_keys.hpp"

namespace kdlc::weights {

/// One weight as PyTorch has it.
struct TorchTensor {
  std::string name;                 // behind the path of the layer: `weight`, `out_proj.weight`
  std::optional<std::string> also;  // the name of its second tensor (FileKeys::also)
  Layout layout;
};

/// `tensor` is the weight's name in its layer, `forward.kernel`; nullopt where PyTorch has no such layer.
std::optional<TorchTensor> find_torch_tensor(std::string_view kind, std::string_view tensor,
                                             const graph::ParameterInfo& parameter);

}  // namespace kdlc::weights
