// Words for files that do not fit a model: missing and surplus keys with their nearest names, shapes in another order.
#include "weights/mismatches.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "support/nearest_name.hpp"
#include "weights/convert.hpp"

namespace kdlc::weights {
namespace {

/// Up to this many layers without weights get a message each; more are listed in one.
constexpr std::size_t kMostMessages = 3;
constexpr std::size_t kMostListed = 10;

/// The candidate that differs from `word` only in front, else the nearest in spelling.
std::optional<std::string> nearest_key(const std::string& word, const std::vector<std::string>& candidates) {
  for (const std::string& candidate : candidates) {
    const bool is_longer = candidate.size() > word.size();
    const std::string& longer = is_longer ? candidate : word;
    const std::string& shorter = is_longer ? word : candidate;
    const std::size_t extra = longer.size() - shorter.size();
    if (extra > 0 && longer.ends_with(shorter) && (longer[extra - 1] == '.' || longer[extra - 1] == '/')) {
      return candidate;
    }
  }
  return nearest_name(word, candidates);
}

std::string weight_text(const MissingKey& missing) {
  return fmt::format("`{}` ({})", missing.parameter->path, missing.parameter->type.shape.to_short_text());
}
std::string key_text(const FileTensor& tensor) {
  return fmt::format("`{}` ({})", printable_key(tensor.key), shape_text(tensor.shape));
}

std::string nearest_key_text(const MissingKey& missing, const std::vector<std::string>& unused_keys) {
  const std::optional<std::string> near = nearest_key(missing.key, unused_keys);
  return near ? fmt::format("the nearest key is `{}`", printable_key(*near)) : std::string();
}

/// What stands before missing keys in the unused keys, when that explains at least half of what is missing.
struct CommonPrefix {
  std::string text;
  std::size_t count = 0;
};
std::optional<CommonPrefix> common_prefix(const NameMismatches& mismatches) {
  std::map<std::string, std::size_t> counts;
  for (const MissingKey& missing : mismatches.missing) {
    for (const FileTensor* tensor : mismatches.unused) {
      if (tensor->key.size() > missing.key.size() && tensor->key.ends_with(missing.key)) {
        ++counts[tensor->key.substr(0, tensor->key.size() - missing.key.size())];
      }
    }
  }
  for (const auto& [prefix, count] : counts) {
    if ((prefix.ends_with('.') || prefix.ends_with('/')) && 2 * count >= mismatches.missing.size()) {
      return CommonPrefix{prefix, count};
    }
  }
  return std::nullopt;
}

/// The keys look like PyTorch's: `weight` where kdl says `kernel`.
bool looks_like_torch(const NameMismatches& mismatches, const Binding& binding) {
  return binding.style != "torch" &&
         std::any_of(mismatches.unused.begin(), mismatches.unused.end(),
                     [](const FileTensor* tensor) { return tensor->key.ends_with(".weight"); });
}

void add_helps(Message& message, const NameMismatches& mismatches, const Binding& binding) {
  if (const std::optional<CommonPrefix> prefix = common_prefix(mismatches)) {
    message.help(fmt::format("the file's keys have `{0}` in front: write `prefix: \"{1}{0}\"`",
                             printable_key(prefix->text), binding.prefix));
  } else if (looks_like_torch(mismatches, binding)) {
    message.help("the file's keys look like PyTorch's: write `style: torch`");
  }
}

/// Layers under other names: a group of keys for each group of weights, with the same tensors of the same sizes, in
/// order. nullopt where one has none.
using Tensors = std::vector<std::pair<std::string, std::string>>;  // the last word of the name, and the sizes
std::optional<std::string> find_renames(const NameMismatches& mismatches) {
  std::vector<std::pair<std::string, Tensors>> layers;
  std::vector<std::pair<std::string, Tensors>> groups;
  const auto add = [](auto& list, const std::string& name, std::string sizes) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string::npos) {
      return false;
    }
    if (list.empty() || list.back().first != name.substr(0, dot)) {
      list.emplace_back(name.substr(0, dot), Tensors());
    }
    list.back().second.emplace_back(name.substr(dot + 1), std::move(sizes));
    std::ranges::sort(list.back().second);
    return true;
  };
  for (const MissingKey& missing : mismatches.missing) {
    if (missing.key != missing.parameter->path ||
        !add(layers, missing.key, missing.parameter->type.shape.to_short_text())) {
      return std::nullopt;
    }
  }
  for (const FileTensor* tensor : mismatches.unused) {
    if (!add(groups, tensor->key, shape_text(tensor->shape))) {
      return std::nullopt;
    }
  }
  std::string renames;
  for (const auto& [layer, tensors] : layers) {
    const auto group = std::ranges::find(groups, tensors, &std::pair<std::string, Tensors>::second);
    if (group == groups.end()) {
      return std::nullopt;
    }
    renames += fmt::format("{}\"{}.*\": \"{}.*\"", renames.empty() ? "" : ", ", layer, group->first);
    groups.erase(group);
  }
  return groups.empty() ? std::optional(renames) : std::nullopt;
}

/// The one reason why none of the missing keys is found, which is told once and in place of what follows from it.
std::optional<Help> find_cause(const NameMismatches& mismatches, const Binding& binding) {
  const std::size_t count = mismatches.missing.size();
  Span behind = binding.span;
  behind.begin = behind.end;
  const bool is_plain = binding.prefix.empty() && binding.style == "kdl" && binding.renames.empty();
  const auto with_edit = [&](std::string words, std::string text) {
    Help help{std::move(words), {}};
    if (is_plain && binding.span.is_known()) {
      help.edits.push_back({behind, std::move(text)});
    }
    return help;
  };
  const auto is_without_prefix = [&](const MissingKey& missing) {
    return missing.key == binding.prefix + missing.parameter->path &&
           std::ranges::find(mismatches.unused, missing.parameter->path, &FileTensor::key) != mismatches.unused.end();
  };
  if (const std::optional<CommonPrefix> prefix = common_prefix(mismatches); prefix && prefix->count == count) {
    const std::string setting = fmt::format("prefix: \"{}{}\"", binding.prefix, printable_key(prefix->text));
    return with_edit(
        fmt::format("the file's keys have `{}` in front: write `{}`", printable_key(prefix->text), setting),
        ", " + setting);
  }
  if (!binding.prefix.empty() && std::ranges::all_of(mismatches.missing, is_without_prefix)) {
    return Help{fmt::format("the file's keys have no prefix: leave out `prefix: \"{}\"`", binding.prefix), {}};
  }
  if (looks_like_torch(mismatches, binding) && mismatches.unused.size() >= count) {
    return with_edit("the file's keys look like PyTorch's: write `style: torch`", ", style: torch");
  }
  if (const std::optional<std::string> renames = is_plain ? find_renames(mismatches) : std::nullopt) {
    return with_edit("layers of the same sizes have other names in the file: did you mean these?",
                     fmt::format(" {{ {} }}", *renames));
  }
  return std::nullopt;
}

/// Neighbours that one application made stand together; a parameter of no application stands alone.
std::vector<std::span<const MissingKey>> group_by_layer(const std::vector<MissingKey>& missing) {
  std::vector<std::span<const MissingKey>> layers;
  for (std::size_t begin = 0, end = 0; begin < missing.size(); begin = end) {
    const graph::RecordId record = missing[begin].parameter->record;
    for (end = begin + 1; record.has_value() && end < missing.size() && missing[end].parameter->record == record;) {
      ++end;
    }
    layers.push_back(std::span(missing).subspan(begin, end - begin));
  }
  return layers;
}

Message& report_missing_of_layer(std::span<const MissingKey> layer, const TensorFile& file, const Binding& binding,
                                 Report& report) {
  std::string names;
  std::string types;
  for (const MissingKey& one : layer) {
    names += fmt::format("{}`{}`", names.empty() ? "" : &one == &layer.back() ? " and " : ", ", one.parameter->path);
    types += (types.empty() ? "" : ", ") + one.parameter->type.to_text();
  }
  Message& message = report.add(layer.front().parameter->span, diag::MissingWeight,
                                names + (layer.size() == 1 ? " is" : " are"), file.path);
  message.at_caret(fmt::format("its {} {}", layer.size() == 1 ? "weight is" : "weights are", types));
  if (binding.span.is_known()) {
    message.label(binding.span, "the file is named here");
  }
  return message;
}

/// A rename looks elsewhere for a weight that the file has under its own name.
bool is_renamed_away(const MissingKey& missing, const NameMismatches& mismatches) {
  return missing.key != missing.parameter->path &&
         std::ranges::find(mismatches.unused, missing.parameter->path, &FileTensor::key) != mismatches.unused.end();
}

/// One message for all, with a list.
Message& report_missing_of_all(const NameMismatches& mismatches, const std::vector<std::string>& unused_keys,
                               const TensorFile& file, const Binding& binding, Report& report) {
  const std::vector<MissingKey>& missing = mismatches.missing;
  Message& message = report.add(binding.span, diag::MissingWeight,
                                missing.size() == 1 ? fmt::format("`{}` is", missing.front().parameter->path)
                                                    : fmt::format("{} weights are", missing.size()),
                                file.path);
  for (std::size_t index = 0; index < std::min(missing.size(), kMostListed); ++index) {
    const std::string near = nearest_key_text(missing[index], unused_keys);
    message.note(weight_text(missing[index]) + (near.empty() ? "" : ": " + near));
  }
  if (missing.size() > kMostListed) {
    message.note(fmt::format("and {} more", missing.size() - kMostListed));
  }
  return message;
}

void report_missing(const NameMismatches& mismatches, const TensorFile& file, const Binding& binding, Report& report) {
  std::vector<std::string> unused_keys;
  for (const FileTensor* tensor : mismatches.unused) {
    unused_keys.push_back(tensor->key);
  }
  const std::vector<MissingKey>& missing = mismatches.missing;
  const std::vector<std::span<const MissingKey>> layers = group_by_layer(missing);
  if (layers.size() <= kMostMessages) {
    for (const std::span<const MissingKey> layer : layers) {
      Message& message = report_missing_of_layer(layer, file, binding, report);
      for (const MissingKey& one : layer) {
        if (one.key != one.parameter->path) {
          message.note(fmt::format("looked for the key `{}`", one.key));
        }
        if (is_renamed_away(one, mismatches)) {
          message.help(fmt::format("the file has `{}` itself: leave out its rename", one.parameter->path));
          continue;
        }
        if (const std::string near = nearest_key_text(one, unused_keys); !near.empty()) {
          message.note(layer.size() == 1 ? near : fmt::format("`{}`: {}", one.parameter->path, near));
        }
      }
      add_helps(message, mismatches, binding);
    }
    return;
  }
  add_helps(report_missing_of_all(mismatches, unused_keys, file, binding, report), mismatches, binding);
}

void report_surplus(const NameMismatches& mismatches, const TensorFile& file, const Binding& binding, Report& report) {
  std::vector<std::string> missing_keys;
  for (const MissingKey& missing : mismatches.missing) {
    missing_keys.push_back(missing.key);
  }
  const auto near_text = [&](const FileTensor& tensor) {
    const std::optional<std::string> near = nearest_key(tensor.key, missing_keys);
    return near ? fmt::format("the nearest weight without a key is `{}`", *near) : std::string();
  };
  // What a missing key was told to be near to has been told.
  std::vector<const FileTensor*> unused = mismatches.unused;
  std::vector<std::string> unused_keys;
  for (const FileTensor* tensor : unused) {
    unused_keys.push_back(tensor->key);
  }
  for (const MissingKey& missing : mismatches.missing) {
    const std::string near = is_renamed_away(missing, mismatches)
                                 ? missing.parameter->path
                                 : nearest_key(missing.key, unused_keys).value_or(std::string());
    std::erase_if(unused, [&](const FileTensor* tensor) { return tensor->key == near; });
  }
  if (unused.empty()) {
    return;
  }
  if (unused.size() == 1) {
    Message& message = report.add(binding.span, diag::SurplusKey, key_text(*unused.front()) + " is", file.path);
    if (const std::string near = near_text(*unused.front()); !near.empty()) {
      message.note(near);
    } else {
      message.help("write `surplus: allow` to leave out what the model does not need");
    }
    return;
  }
  Message& message = report.add(binding.span, diag::SurplusKey, fmt::format("{} keys are", unused.size()), file.path);
  for (std::size_t index = 0; index < std::min(unused.size(), kMostListed); ++index) {
    const std::string near = near_text(*unused[index]);
    message.note(key_text(*unused[index]) + (near.empty() ? "" : ": " + near));
  }
  if (unused.size() > kMostListed) {
    message.note(fmt::format("and {} more", unused.size() - kMostListed));
  }
  if (mismatches.missing.empty()) {
    message.help("write `surplus: allow` to leave out what the model does not need");
  }
}

bool same_sizes_in_another_order(std::vector<std::int64_t> left, std::vector<std::int64_t> right) {
  std::sort(left.begin(), left.end());
  std::sort(right.begin(), right.end());
  return left.size() > 1 && left == right;
}

/// `4 → 5` where one size alone differs: a layer of another width has it in its own weights and in those behind it.
std::string other_size(const std::vector<std::int64_t>& wanted, const std::vector<std::int64_t>& given) {
  std::string sizes;
  for (std::size_t axis = 0; axis < wanted.size() && wanted.size() == given.size(); ++axis) {
    if (wanted[axis] != given[axis]) {
      if (!sizes.empty()) {
        return "";
      }
      sizes = fmt::format("{} → {}", wanted[axis], given[axis]);
    }
  }
  return sizes;
}

/// What to write where the same sizes stand in another order; empty where they do not.
std::string_view help_with_order(const std::vector<std::int64_t>& wanted, const std::vector<std::int64_t>& shape,
                                 const FileTensor& tensor, const Layout& layout) {
  if (!layout.is_plain() && tensor.shape == shape) {
    return "the file has kdl's own order of axes: leave out `style: torch`";
  }
  if (!same_sizes_in_another_order(wanted, tensor.shape)) {
    return "";
  }
  return layout.is_plain() ? "it looks transposed: `style: torch` reads PyTorch's order of axes"
                           : "it looks transposed: the same sizes stand in another order";
}

}  // namespace

void report_name_mismatches(const NameMismatches& mismatches, const TensorFile& file, const Binding& binding,
                            Report& report) {
  if (std::optional<Help> cause = mismatches.missing.empty() ? std::nullopt : find_cause(mismatches, binding)) {
    std::vector<std::string> unused_keys;
    for (const FileTensor* tensor : mismatches.unused) {
      unused_keys.push_back(tensor->key);
    }
    report_missing_of_all(mismatches, unused_keys, file, binding, report).helps.push_back(std::move(*cause));
    return;
  }
  report_missing(mismatches, file, binding, report);
  if (!binding.surplus_allow) {
    report_surplus(mismatches, file, binding, report);
  }
}

void report_shape_mismatch(const graph::ParameterInfo& parameter, const FileTensor& tensor, const Layout& layout,
                           const TensorFile& file, ShapeMismatches& mismatches) {
  std::vector<std::int64_t> shape;
  for (const Dim& axis : parameter.type.shape.axes) {
    shape.push_back(axis.constant());
  }
  const std::vector<std::int64_t> wanted = shape_in_file(shape, layout);
  const std::string_view help = help_with_order(wanted, shape, tensor, layout);
  const std::string cause = help.empty() ? other_size(wanted, tensor.shape) : std::string(help);
  const bool is_same_layer = parameter.record.has_value() && parameter.record == mismatches.last_record;
  const auto same_cause = mismatches.by_cause.find(cause);
  const bool has_same_cause = !cause.empty() && same_cause != mismatches.by_cause.end();
  Message* earlier = has_same_cause ? same_cause->second : is_same_layer ? mismatches.last_message : nullptr;
  if (earlier != nullptr) {
    if (earlier->notes.size() < kMostListed) {
      earlier->note(
          fmt::format("and `{}` needs {}, but is {}", parameter.path, shape_text(wanted), shape_text(tensor.shape)));
    } else if (earlier->notes.size() == kMostListed) {
      earlier->note("and more");
    }
    return;
  }
  Message& message = mismatches.report.add(parameter.span, diag::WeightShape, parameter.path, shape_text(wanted),
                                           printable_key(tensor.key), shape_text(tensor.shape));
  mismatches.last_record = parameter.record;
  mismatches.last_message = &message;
  message.note(fmt::format("the file is `{}`", file.path));
  if (!layout.is_plain()) {
    message.note(fmt::format("in the order of kdl's axes the weight is {}", shape_text(shape_of_part(shape, layout))));
  }
  if (!help.empty()) {
    message.help(std::string(help));
  }
  if (!cause.empty()) {
    mismatches.by_cause.emplace(cause, &message);
  }
}

}  // namespace kdlc::weights
