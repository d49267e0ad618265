// From weight paths to the keys under which a file may hold them: prefix, renames, styles.
#include "weights/file_keys.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace kdlc::weights {
namespace {

/// A rename applied to a path: the key so far, and the rest of the path behind the renamed part (with its leading dot).
struct Renamed {
  std::string key;
  std::string rest;
  std::size_t literal_length = 0;  // of the pattern; the longest wins
};

/// `pattern` names `path` or a leading part of it that ends at a dot. Its one `*` stands for one or more characters
/// within a segment; the `*` of `replacement` for the same characters.
std::optional<Renamed> apply_rename(const std::string& path, const std::string& pattern,
                                    const std::string& replacement) {
  const auto ends_segment = [&](std::size_t at) { return at == path.size() || path[at] == '.'; };
  const std::size_t star = pattern.find('*');
  if (star == std::string::npos) {
    if (path.compare(0, pattern.size(), pattern) != 0 || !ends_segment(pattern.size())) {
      return std::nullopt;
    }
    return Renamed{replacement, path.substr(pattern.size()), pattern.size()};
  }
  const std::string_view behind = std::string_view(pattern).substr(star + 1);
  if (path.compare(0, star, pattern, 0, star) != 0) {
    return std::nullopt;
  }
  for (std::size_t end = star + 1; end <= path.size() && path[end - 1] != '.'; ++end) {
    if (std::string_view(path).substr(end).starts_with(behind) && ends_segment(end + behind.size())) {
      std::string key = replacement;
      if (const std::size_t place = key.find('*'); place != std::string::npos) {
        key.replace(place, 1, path.substr(star, end - star));
      }
      return Renamed{std::move(key), path.substr(end + behind.size()), pattern.size() - 1};
    }
  }
  return std::nullopt;
}

/// How PyTorch names and lays out a tensor of a kind of layer.
struct TorchRow {
  std::string_view kind;
  std::string_view tensor;
  std::string_view torch_name;
  std::string_view layout;  // permutation as digits; "d" + digits: the first axis is split for depthwise kernels
};
constexpr std::array<TorchRow, 19> kTorchRows = {{
    {"dense", "kernel", "weight", "10"},
    {"dense", "bias", "bias", ""},
    {"conv1d", "kernel", "weight", "210"},
    {"conv1d", "bias", "bias", ""},
    {"conv2d", "kernel", "weight", "2310"},
    {"conv2d", "bias", "bias", ""},
    {"conv3d", "kernel", "weight", "23410"},
    {"conv3d", "bias", "bias", ""},
    // After the split: [in, multiplier, 1, kh, kw] → [kh, kw, in, multiplier].
    {"depthwise_conv2d", "kernel", "weight", "d3401"},
    {"depthwise_conv2d", "bias", "bias", ""},
    {"conv2d_transpose", "kernel", "weight", "2310"},
    {"conv2d_transpose", "bias", "bias", ""},
    {"batchnorm", "gamma", "weight", ""},
    {"batchnorm", "beta", "bias", ""},
    {"batchnorm", "moving_mean", "running_mean", ""},
    {"batchnorm", "moving_variance", "running_var", ""},
    {"layernorm", "gamma", "weight", ""},
    {"layernorm", "beta", "bias", ""},
    {"embedding", "embeddings", "weight", ""},
}};

/// Splits `a.b.kernel` into `a.b.` and `kernel`.
std::pair<std::string, std::string> split_tensor(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? std::pair(std::string(), path)
                                  : std::pair(path.substr(0, dot + 1), path.substr(dot + 1));
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

/// A weight that a model declares itself (`param`) has no layer kind and is stored as it is.
const TorchRow* find_torch_row(std::string_view kind, std::string_view tensor) {
  const auto row = std::find_if(kTorchRows.begin(), kTorchRows.end(), [&](const TorchRow& candidate) {
    return candidate.kind == kind && candidate.tensor == tensor;
  });
  return row == kTorchRows.end() ? nullptr : &*row;
}

bool is_free_weight(std::string_view kind) {
  return kind.empty() || kind == "param" || kind == "const";
}

}  // namespace

FileKeys keys_of(const graph::Graph& graph, const graph::ParameterInfo& parameter, const Binding& binding) {
  FileKeys result;
  std::string name = parameter.path;
  if (binding.style == "torch") {
    const std::string kind = parameter.record.has_value() ? graph.records[parameter.record].kind : std::string();
    const auto [layer, tensor] = split_tensor(parameter.path);
    if (const TorchRow* row = find_torch_row(kind, tensor)) {
      name = layer + std::string(row->torch_name);
      result.layout = parse_layout(row->layout, parameter);
    } else {
      result.is_known = is_free_weight(kind);
    }
  }
  std::optional<Renamed> best;
  for (std::size_t index = 0; index < binding.renames.size(); ++index) {
    const Binding::Rename& rename = binding.renames[index];
    std::optional<Renamed> renamed = apply_rename(parameter.path, rename.from, rename.to);
    if (renamed && (!best || renamed->literal_length > best->literal_length)) {
      best = std::move(renamed);
      result.rename = index;
    }
  }
  if (best) {
    // A rename of a layer leaves the tensor's own name to the style: `conv1` → `features.0` gives `features.0.weight`.
    const std::string rest = best->rest.empty() ? "" : split_tensor(best->rest).first + split_tensor(name).second;
    result.keys.push_back(best->key + rest);
    if (std::string slashed = rest; !rest.empty() && binding.style != "torch") {
      std::replace(slashed.begin(), slashed.end(), '.', '/');
      result.keys.push_back(best->key + slashed);
    }
    return result;
  }
  std::string slashed = name;
  std::replace(slashed.begin(), slashed.end(), '.', '/');
  result.keys = {binding.prefix + name};
  if (binding.style != "torch") {
    result.keys.push_back(binding.prefix + slashed);
  }
  if (binding.style == "keras") {
    std::swap(result.keys.front(), result.keys.back());
  }
  return result;
}

bool is_bookkeeping(const std::string& key, const Binding& binding) {
  constexpr std::string_view kCounter = "num_batches_tracked";
  return binding.style == "torch" && (key == kCounter || key.ends_with(".num_batches_tracked"));
}

}  // namespace kdlc::weights
