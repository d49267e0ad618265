// Binds the tensors of a file to the weights of a model, strictly, and lists every mismatch of one run.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"
#include "weights/convert.hpp"
#include "weights/file_keys.hpp"
#include "weights/flatten_order.hpp"
#include "weights/mismatches.hpp"
#include "weights/npz.hpp"
#include "weights/random_weights.hpp"
#include "weights/safetensors.hpp"
#include "weights/weights.hpp"

namespace kdlc::weights {
namespace {

std::vector<std::int64_t> sizes_of(const Shape& shape) {
  std::vector<std::int64_t> sizes;
  for (const Dim& axis : shape.axes) {
    sizes.push_back(axis.constant());
  }
  return sizes;
}

/// Which tensor of the file a parameter takes.
struct Match {
  FileKeys keys;
  const FileTensor* tensor = nullptr;  // nullptr: none
  const FileTensor* second = nullptr;  // of FileKeys::also
};

const FileTensor* find_tensor(const TensorFile& file, const std::string& key) {
  const auto place =
      std::lower_bound(file.tensors.begin(), file.tensors.end(), key,
                       [](const FileTensor& tensor, const std::string& wanted) { return tensor.key < wanted; });
  return place != file.tensors.end() && place->key == key ? &*place : nullptr;
}

std::vector<Match> match_keys(const graph::Graph& graph, const TensorFile& file, const Binding& binding) {
  std::vector<Match> matches;
  for (const graph::ParameterInfo& parameter : graph.parameters) {
    Match match{keys_of(graph, parameter, binding), nullptr, nullptr};
    for (const std::string& key : match.keys.keys) {
      match.tensor = match.tensor != nullptr ? match.tensor : find_tensor(file, key);
    }
    if (match.keys.also) {
      match.second = find_tensor(file, *match.keys.also);
    }
    matches.push_back(std::move(match));
  }
  return matches;
}

/// Reports what names alone show: missing and surplus keys, renames without effect, layers that a style does not know.
void check_names(const graph::Graph& graph, const TensorFile& file, const Binding& binding,
                 const std::vector<Match>& matches, Report& report) {
  NameMismatches mismatches;
  std::vector<bool> rename_used(binding.renames.size(), false);
  std::map<std::string, bool> key_used;
  for (std::size_t index = 0; index < matches.size(); ++index) {
    const Match& match = matches[index];
    const graph::ParameterInfo& parameter = graph.parameters[index];
    if (match.keys.rename) {
      rename_used[*match.keys.rename] = true;
    }
    if (!match.keys.is_known) {
      report.add(parameter.span, diag::UntranslatedStyle, parameter.path, graph.records[parameter.record].kind);
      continue;
    }
    // Half of a weight is never made up.
    const bool may_be_missing = binding.missing_init && match.tensor == nullptr && match.second == nullptr;
    if (match.tensor != nullptr) {
      key_used[match.tensor->key] = true;
    } else if (!may_be_missing) {
      mismatches.missing.push_back({&parameter, match.keys.keys.front()});
    }
    if (match.second != nullptr) {
      key_used[match.second->key] = true;
    } else if (match.keys.also && !may_be_missing) {
      mismatches.missing.push_back({&parameter, *match.keys.also});
    }
  }
  for (const FileTensor& tensor : file.tensors) {
    if (!key_used.contains(tensor.key) && !is_bookkeeping(tensor.key, binding)) {
      mismatches.unused.push_back(&tensor);
    }
  }
  report_name_mismatches(mismatches, file, binding, report);
  for (std::size_t index = 0; index < rename_used.size(); ++index) {
    // A longer rename may have won for every path that this one fits; it is still idle.
    if (!rename_used[index]) {
      report.add(binding.renames[index].span, diag::UnusedRename, binding.renames[index].from);
    }
  }
}

/// What conversions happened, for one message about all of them.
struct Conversions {
  std::map<std::string, std::size_t> widened;  // by the file's type
  std::size_t narrowed_count = 0;
  std::string narrowed_types;
  double largest_change = 0;
  std::string changed_path;
};

void check_numbers(const graph::ParameterInfo& parameter, const TensorData& data, Report& report) {
  if (const Oddity odd = find_not_finite(data); odd.count != 0) {
    report.add(
        parameter.span, diag::WeightNotFinite, parameter.path,
        fmt::format("{} that {} not finite, the first at {}: {}",
                    odd.count == 1 ? "one number" : fmt::format("{} numbers of {}", odd.count, data.element_count()),
                    odd.count == 1 ? "is" : "are", index_text(odd.first_index, data.shape), odd.first_value));
    return;
  }
  if (!parameter.non_negative) {
    return;
  }
  if (const Oddity odd = find_negative(data); odd.count != 0) {
    report.add(parameter.span, diag::ImpossibleWeight, parameter.path,
               fmt::format(
                   "{} below zero, the first at {}: {:.6g}",
                   odd.count == 1 ? "one variance" : fmt::format("{} variances of {}", odd.count, data.element_count()),
                   index_text(odd.first_index, data.shape), odd.first_value));
  }
}

/// What every tensor of one parameter is read with.
struct Reading {
  const graph::ParameterInfo& parameter;
  const FileKeys& keys;
  const TensorFile& file;
  Conversions& conversions;
  ShapeMismatches& shapes;
};

/// One tensor of a parameter, checked and in kdl's order of axes; nullopt after reporting.
std::optional<TensorData> load_part(const Reading& reading, const FileTensor& tensor) {
  const graph::ParameterInfo& parameter = reading.parameter;
  Report& report = reading.shapes.report;
  const std::vector<std::int64_t> shape = sizes_of(parameter.type.shape);
  const DTypeFit fit = fit_of(tensor.dtype, parameter.type.dtype);
  bool is_fine = true;
  if (tensor.shape != shape_in_file(shape, reading.keys.layout)) {
    report_shape_mismatch(parameter, tensor, reading.keys.layout, reading.file, reading.shapes);
    is_fine = false;
  }
  if (fit == DTypeFit::different) {
    report.add(parameter.span, diag::WeightElementType, parameter.path, std::string(name_of(parameter.type.dtype)),
               printable_key(tensor.key), tensor.dtype ? std::string(name_of(*tensor.dtype)) : tensor.dtype_text);
    is_fine = false;
  }
  if (!is_fine) {
    return std::nullopt;
  }
  std::optional<TensorData> data = read_tensor(reading.file, tensor);
  if (!data) {
    report.add(parameter.span, diag::WeightsFileDamaged, reading.file.path,
               fmt::format("`{}` cannot be read", printable_key(tensor.key)));
    return std::nullopt;
  }
  // After narrowing: a number that the weight's type cannot hold has become infinite.
  Converted converted = convert_dtype(
      to_kdl_layout(*data, reading.keys.layout, shape_of_part(shape, reading.keys.layout)), parameter.type.dtype);
  check_numbers(parameter, converted.data, report);
  Conversions& conversions = reading.conversions;
  if (fit == DTypeFit::widened) {
    ++conversions.widened[std::string(name_of(*tensor.dtype))];
  } else if (fit == DTypeFit::narrowed) {
    ++conversions.narrowed_count;
    conversions.narrowed_types = fmt::format("{} to {}", name_of(*tensor.dtype), name_of(parameter.type.dtype));
    if (converted.largest_change >= conversions.largest_change) {
      conversions.largest_change = converted.largest_change;
      conversions.changed_path = parameter.path;
    }
  }
  return std::move(converted.data);
}

/// The value of one parameter, of one tensor of the file or two; nullopt after reporting.
std::optional<TensorData> load_parameter(const graph::ParameterInfo& parameter, const Match& match,
                                         const TensorFile& file, Conversions& conversions, ShapeMismatches& shapes) {
  const Reading reading{parameter, match.keys, file, conversions, shapes};
  std::optional<TensorData> first = load_part(reading, *match.tensor);
  if (!match.keys.also) {
    return first;
  }
  const std::optional<TensorData> second = match.second != nullptr ? load_part(reading, *match.second) : std::nullopt;
  if (!first || !second) {
    return std::nullopt;
  }
  return join_second(std::move(*first), *second, match.keys.layout.second, sizes_of(parameter.type.shape));
}

std::string count_weights(std::size_t count) {
  return count == 1 ? "one weight is" : fmt::format("{} weights are", count);
}

void report_conversions(const Conversions& conversions, const TensorFile& file, const Binding& binding,
                        Report& report) {
  for (const auto& [dtype, count] : conversions.widened) {
    report.add(binding.span, diag::WeightsWidened,
               fmt::format("{} {} in `{}` and widened exactly", count_weights(count), dtype, file.path));
  }
  if (conversions.narrowed_count != 0) {
    report.add(
        binding.span, diag::WeightsNarrowed,
        fmt::format("{} narrowed from {}", count_weights(conversions.narrowed_count), conversions.narrowed_types),
        fmt::format("{:.3g}, in `{}`", conversions.largest_change, conversions.changed_path));
  }
}

/// True when some tensor has other sizes in PyTorch's order of axes, and so proves that the file is not in it.
/// Counts those that are the same in both.
bool shows_order_of_axes(const graph::Graph& graph, const Binding& binding, std::size_t& ambiguous_count) {
  Binding torch = binding;
  torch.style = "torch";
  for (const graph::ParameterInfo& parameter : graph.parameters) {
    const FileKeys keys = keys_of(graph, parameter, torch);
    if (!keys.is_known || keys.layout.is_plain() || keys.also) {
      continue;
    }
    const std::vector<std::int64_t> shape = sizes_of(parameter.type.shape);
    if (shape_in_file(shape, keys.layout) != shape) {
      return true;
    }
    ++ambiguous_count;
  }
  return false;
}

void note_unknown_order(const graph::Graph& graph, const TensorFile& file, const Binding& binding, Report& report) {
  std::size_t ambiguous_count = 0;
  if (binding.style == "kdl" && !shows_order_of_axes(graph, binding, ambiguous_count) && ambiguous_count != 0) {
    report
        .add(binding.span, diag::OrderOfAxesUnknown,
             ambiguous_count == 1 ? "the one kernel" : fmt::format("all {} kernels", ambiguous_count), file.path)
        .help("write `style: torch` if PyTorch wrote the file");
  }
}

}  // namespace

std::optional<std::vector<TensorData>> load_weights(const graph::Graph& graph, const std::string& path,
                                                    const Binding& binding, Report& report) {
  const std::size_t errors_before = report.error_count();
  const std::optional<TensorFile> file =
      is_npz(path) ? open_npz(path, binding.span, report) : open_safetensors(path, binding.span, report);
  if (!file) {
    return std::nullopt;
  }
  const std::vector<Match> matches = match_keys(graph, *file, binding);
  check_names(graph, *file, binding, matches, report);
  std::vector<TensorData> tensors;
  Conversions conversions;
  ShapeMismatches shapes{report};
  for (std::size_t index = 0; index < matches.size(); ++index) {
    const graph::ParameterInfo& parameter = graph.parameters[index];
    std::optional<TensorData> data;
    if (!matches[index].keys.is_known) {
      continue;
    }
    if (matches[index].tensor != nullptr) {
      data = load_parameter(parameter, matches[index], *file, conversions, shapes);
    } else if (binding.missing_init) {
      data = initial_weight(parameter, kMissingSeed);
    }
    if (data) {
      tensors.push_back(std::move(*data));
    }
  }
  report_conversions(conversions, *file, binding, report);
  if (binding.style == "torch") {
    report_flatten_order(graph, report);
  }
  if (report.error_count() != errors_before) {
    return std::nullopt;
  }
  note_unknown_order(graph, *file, binding, report);
  KDLC_ASSERT(tensors.size() == graph.parameters.size(), "a file without mismatch fills every weight");
  return tensors;
}

}  // namespace kdlc::weights
