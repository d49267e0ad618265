// How PyTorch names and lays out the weights of each kind of layer.
#include "weights/torch_style.hpp"

#include <algorithm>
#include <array>

namespace kdlc::weights {
namespace {

struct TorchRow {
  std::string_view kind;
  std::string_view tensor;
  std::string_view torch_name;
  std::string_view layout;  // permutation as digits; "d" + digits: the first axis is split for depthwise kernels
};
constexpr std::array<TorchRow, 28> kRows = {{
    {"dense", "kernel", "weight", "10"},
    {"dense", "bias", "bias", ""},
    {"conv1d", "kernel", "weight", "210"},
    {"conv1d", "bias", "bias", ""},
    {"conv2d", "kernel", "weight", "2310"},
    {"conv2d", "bias", "bias", ""},
    {"conv3d", "kernel", "weight", "23410"},
    {"conv3d", "bias", "bias", ""},
    // After the split: [in, multiplier, 1, kh, kw] → [kh, kw, in, multiplier].
    {"depthwise_conv1d", "kernel", "weight", "d301"},
    {"depthwise_conv1d", "bias", "bias", ""},
    {"depthwise_conv2d", "kernel", "weight", "d3401"},
    {"depthwise_conv2d", "bias", "bias", ""},
    {"conv1d_transpose", "kernel", "weight", "210"},
    {"conv1d_transpose", "bias", "bias", ""},
    {"conv2d_transpose", "kernel", "weight", "2310"},
    {"conv2d_transpose", "bias", "bias", ""},
    {"conv3d_transpose", "kernel", "weight", "23410"},
    {"conv3d_transpose", "bias", "bias", ""},
    {"batchnorm", "gamma", "weight", ""},
    {"batchnorm", "beta", "bias", ""},
    {"batchnorm", "moving_mean", "running_mean", ""},
    {"batchnorm", "moving_variance", "running_var", ""},
    {"layernorm", "gamma", "weight", ""},
    {"layernorm", "beta", "bias", ""},
    {"groupnorm", "gamma", "weight", ""},
    {"groupnorm", "beta", "bias", ""},
    {"rmsnorm", "scale", "weight", ""},
    {"embedding", "embeddings", "weight", ""},
}};

std::vector<std::int64_t> sizes_of(const graph::ParameterInfo& parameter) {
  std::vector<std::int64_t> sizes;
  for (const Dim& axis : parameter.type.shape.axes) {
    sizes.push_back(axis.constant());
  }
  return sizes;
}

Layout parse_layout(std::string_view text, const graph::ParameterInfo& parameter) {
  Layout layout;
  if (text.starts_with('d')) {
    layout.split = static_cast<std::size_t>(parameter.type.shape.axes.back().constant());
    text.remove_prefix(1);
  }
  for (const char digit : text) {
    layout.permutation.push_back(static_cast<std::size_t>(digit - '0'));
  }
  return layout;
}

/// weight_ih_l0 [gates · u, in] and weight_hh_l0 [gates · u, u], gates one behind the other; bias_ih_l0 and bias_hh_l0
/// are added, but those of a gru with reset_after stay apart: its reset gate acts on the second alone.
std::optional<TorchTensor> find_recurrent(std::string_view kind, std::string_view tensor,
                                          const graph::ParameterInfo& parameter) {
  TorchTensor result;
  std::string suffix = "_l0";
  if (tensor.starts_with("forward.")) {
    tensor.remove_prefix(std::string_view("forward.").size());
  } else if (tensor.starts_with("backward.")) {
    tensor.remove_prefix(std::string_view("backward.").size());
    suffix += "_reverse";
  }
  if (kind == "gru") {
    result.layout.blocks = {1, 0, 2};  // r z n in the file, z r h here
    result.layout.block_count = 3;
  }
  if (tensor == "kernel" || tensor == "recurrent_kernel") {
    result.name = (tensor == "kernel" ? "weight_ih" : "weight_hh") + suffix;
    result.layout.permutation = {1, 0};
    return result;
  }
  const bool has_two_rows = parameter.type.shape.axis_count() == 2;
  if (tensor != "bias" || (kind == "gru" && !has_two_rows)) {
    return std::nullopt;  // PyTorch has no gru whose reset gate acts before the product
  }
  result.name = "bias_ih" + suffix;
  result.also = "bias_hh" + suffix;
  result.layout.second = has_two_rows ? Layout::Second::stacked : Layout::Second::added;
  return result;
}

/// in_proj_weight [3d, d] holds the projections of queries, keys and values one behind the other; heads · dim is d.
std::optional<TorchTensor> find_attention(std::string_view tensor, const graph::ParameterInfo& parameter) {
  const std::vector<std::int64_t> sizes = sizes_of(parameter);
  TorchTensor result;
  if (tensor == "attention_output.bias") {
    result.name = "out_proj.bias";
    return result;
  }
  if (tensor == "attention_output.kernel") {
    result.name = "out_proj.weight";
    result.layout.merged = {sizes[0] * sizes[1], sizes[2]};
    result.layout.permutation = {1, 0};
    return result;
  }
  constexpr std::array<std::string_view, 3> kParts = {"query.", "key.", "value."};
  for (std::size_t part = 0; part < kParts.size(); ++part) {
    if (!tensor.starts_with(kParts[part])) {
      continue;
    }
    result.layout.blocks = {part};
    result.layout.block_count = kParts.size();
    const bool is_kernel = tensor.ends_with(".kernel");
    result.name = is_kernel ? "in_proj_weight" : "in_proj_bias";
    if (is_kernel) {
      result.layout.merged = {sizes[0], sizes[1] * sizes[2]};
      result.layout.permutation = {1, 0};
    } else {
      result.layout.merged = {sizes[0] * sizes[1]};
    }
    return result;
  }
  return std::nullopt;
}

}  // namespace

std::optional<TorchTensor> find_torch_tensor(std::string_view kind, std::string_view tensor,
                                             const graph::ParameterInfo& parameter) {
  if (kind == "lstm" || kind == "gru" || kind == "rnn") {
    return find_recurrent(kind, tensor, parameter);
  }
  if (kind == "attention") {
    return find_attention(tensor, parameter);
  }
  const auto* const row = std::ranges::find_if(
      kRows, [&](const TorchRow& candidate) { return candidate.kind == kind && candidate.tensor == tensor; });
  if (row == kRows.end()) {
    return std::nullopt;
  }
  return TorchTensor{std::string(row->torch_name), std::nullopt, parse_layout(row->layout, parameter)};
}

}  // namespace kdlc::weights
