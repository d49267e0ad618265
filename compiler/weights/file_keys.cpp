// From weight paths to the keys under which a file may hold them: prefix, renames, styles.
#include "weights/file_keys.hpp"

#include <algorithm>
#include <string_view>

#include "weights/torch_style.hpp"

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

/// Splits `a.b.kernel` into `a.b.` and `kernel`.
std::pair<std::string, std::string> split_tensor(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? std::pair(std::string(), path)
                                  : std::pair(path.substr(0, dot + 1), path.substr(dot + 1));
}

/// A weight that a model declares itself (`param`) has no layer kind and is stored as it is.
bool is_free_weight(std::string_view kind) {
  return kind.empty() || kind == "param" || kind == "const";
}

/// `encoder.lstm.` and `forward.kernel`.
struct OwnName {
  std::string layer;
  std::string tensor;
};
OwnName own_name(const graph::Graph& graph, const graph::ParameterInfo& parameter) {
  const std::string& path = parameter.path;
  const std::string layer = parameter.record.has_value() ? graph.records[parameter.record].path + "." : std::string();
  if (layer.size() > 1 && path.starts_with(layer)) {
    return {layer, path.substr(layer.size())};
  }
  auto [front, tensor] = split_tensor(path);
  return {std::move(front), std::move(tensor)};
}

/// The longest rename that fits the path, noted in `keys`.
std::optional<Renamed> find_rename(const std::string& path, const Binding& binding, FileKeys& keys) {
  std::optional<Renamed> best;
  for (std::size_t index = 0; index < binding.renames.size(); ++index) {
    const Binding::Rename& rename = binding.renames[index];
    std::optional<Renamed> renamed = apply_rename(path, rename.from, rename.to);
    if (renamed && (!best || renamed->literal_length > best->literal_length)) {
      best = std::move(renamed);
      keys.rename = index;
    }
  }
  return best;
}

/// What a rename left of a path, with the style's name of the tensor at its end.
std::string styled_rest(const std::string& rest, const std::string& tensor, const std::string& styled) {
  if (rest.ends_with("." + tensor)) {
    return rest.substr(0, rest.size() - tensor.size()) + styled;
  }
  return split_tensor(rest).first + split_tensor(styled).second;
}

/// The key of a weight's second tensor: that of the first with `bias_ih` replaced by `bias_hh`, so that renames serve
/// both.
std::string second_key(const std::string& key, const std::string& first, const std::string& second) {
  const auto differs = std::mismatch(first.begin(), first.end(), second.begin(), second.end());
  const auto begin =
      static_cast<std::size_t>(first.rfind('_', static_cast<std::size_t>(differs.first - first.begin())));
  const auto end = first.find('_', begin + 1);
  const std::string marked = first.substr(begin, end - begin);
  const std::size_t place = key.rfind(marked);
  return place == std::string::npos ? key
                                    : std::string(key).replace(place, marked.size(), second, begin, marked.size());
}

}  // namespace

FileKeys keys_of(const graph::Graph& graph, const graph::ParameterInfo& parameter, const Binding& binding) {
  FileKeys result;
  const OwnName own = own_name(graph, parameter);
  std::string tensor = own.tensor;  // as the style has it
  std::optional<std::string> also;
  if (binding.style == "torch") {
    const std::string kind = parameter.record.has_value() ? graph.records[parameter.record].kind : std::string();
    if (std::optional<TorchTensor> torch = find_torch_tensor(kind, own.tensor, parameter)) {
      tensor = std::move(torch->name);
      also = std::move(torch->also);
      result.layout = std::move(torch->layout);
    } else {
      result.is_known = is_free_weight(kind);
    }
  }
  const std::optional<Renamed> renamed = find_rename(parameter.path, binding, result);
  const std::string front = renamed ? renamed->key : binding.prefix + own.layer;
  // A rename of a layer leaves the tensor's own name to the style: `conv1` → `features.0` gives `features.0.weight`.
  const std::string rest = !renamed                ? tensor
                           : renamed->rest.empty() ? ""
                                                   : styled_rest(renamed->rest, own.tensor, tensor);
  result.keys.push_back(front + rest);
  if (also) {
    result.also = second_key(result.keys.front(), tensor, *also);
  }
  if (binding.style == "torch" || (renamed && rest.empty())) {
    return result;
  }
  std::string slashed = renamed ? rest : own.layer + rest;
  std::replace(slashed.begin(), slashed.end(), '.', '/');
  result.keys.push_back((renamed ? front : binding.prefix) + slashed);
  if (binding.style == "keras" && !renamed) {
    std::swap(result.keys.front(), result.keys.back());
  }
  return result;
}

bool is_bookkeeping(const std::string& key, const Binding& binding) {
  constexpr std::string_view kCounter = "num_batches_tracked";
  return binding.style == "torch" && (key == kCounter || key.ends_with(".num_batches_tracked"));
}

}  // namespace kdlc::weights
