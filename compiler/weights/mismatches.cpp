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

/// What stands before every missing key in the unused keys, when that explains at least half of what is missing.
std::optional<std::string> common_prefix(const NameMismatches& mismatches) {
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
      return prefix;
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
  if (const std::optional<std::string> prefix = common_prefix(mismatches)) {
    message.help(fmt::format("the file's keys have `{0}` in front: write `prefix: \"{1}{0}\"`", printable_key(*prefix),
                             binding.prefix));
  } else if (looks_like_torch(mismatches, binding)) {
    message.help("the file's keys look like PyTorch's: write `style: torch`");
  }
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
        if (const std::string near = nearest_key_text(one, unused_keys); !near.empty()) {
          message.note(layer.size() == 1 ? near : fmt::format("`{}`: {}", one.parameter->path, near));
        }
      }
      add_helps(message, mismatches, binding);
    }
    return;
  }
  Message& message =
      report.add(binding.span, diag::MissingWeight, fmt::format("{} weights are", missing.size()), file.path);
  for (std::size_t index = 0; index < std::min(missing.size(), kMostListed); ++index) {
    const std::string near = nearest_key_text(missing[index], unused_keys);
    message.note(weight_text(missing[index]) + (near.empty() ? "" : ": " + near));
  }
  if (missing.size() > kMostListed) {
    message.note(fmt::format("and {} more", missing.size() - kMostListed));
  }
  add_helps(message, mismatches, binding);
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
  const std::vector<const FileTensor*>& unused = mismatches.unused;
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

}  // namespace

void report_name_mismatches(const NameMismatches& mismatches, const TensorFile& file, const Binding& binding,
                            Report& report) {
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
  if (parameter.record.has_value() && parameter.record == mismatches.last_record) {
    mismatches.last_message->note(
        fmt::format("and `{}` needs {}, but is {}", parameter.path, shape_text(wanted), shape_text(tensor.shape)));
    return;
  }
  Message& message = mismatches.report.add(parameter.span, diag::WeightShape, parameter.path, shape_text(wanted),
                                           printable_key(tensor.key), shape_text(tensor.shape));
  mismatches.last_record = parameter.record;
  mismatches.last_message = &message;
  message.note(fmt::format("the file is `{}`", file.path));
  if (!layout.is_plain()) {
    message.note(fmt::format("in the order of kdl's axes the weight is {}", shape_text(shape_of_part(shape, layout))));
    if (tensor.shape == shape) {
      message.help("the file has kdl's own order of axes: leave out `style: torch`");
      return;
    }
  }
  if (same_sizes_in_another_order(wanted, tensor.shape)) {
    message.help(layout.is_plain() ? "it looks transposed: `style: torch` reads PyTorch's order of axes"
                                   : "it looks transposed: the same sizes stand in another order");
  }
}

}  // namespace kdlc::weights
