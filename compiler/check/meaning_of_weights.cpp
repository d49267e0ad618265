// What is odd about the weights of a model: heads, tables, biases without effect, gigabytes.
#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "check/meaning.hpp"
#include "check/shape_chains.hpp"
#include "check/whole_numbers.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

/// A gigabyte of 32-bit numbers.
constexpr std::int64_t kHugeCount = std::int64_t{1} << 28;

const graph::ParameterInfo* find_weight(const graph::Graph& graph, const graph::Record& record, std::string_view name) {
  for (const std::uint32_t index : record.parameters) {
    if (graph.parameters[index].path.ends_with(name)) {
      return &graph.parameters[index];
    }
  }
  return nullptr;
}

std::string count_text(std::int64_t count) {
  constexpr double kBillion = 1e9;
  constexpr double kMillion = 1e6;
  const auto number = static_cast<double>(count);
  return number >= kBillion ? fmt::format("{:.1f} billion", number / kBillion)
                            : fmt::format("{:.0f} million", number / kMillion);
}

void lint_huge_weights(const graph::Graph& graph, Report& report) {
  for (const graph::ParameterInfo& parameter : graph.parameters) {
    const Dim count = parameter.type.shape.element_count();
    if (count.is_constant() && count.constant() >= kHugeCount) {
      const double gigabytes = static_cast<double>(count.constant()) *
                               static_cast<double>(size_bytes(parameter.type.dtype)) / static_cast<double>(1 << 30);
      Message& message = report.add(parameter.span, diag::HugeWeight, parameter.path, count_text(count.constant()),
                                    fmt::format("{:.0f} GiB", gigabytes));
      message.at_caret(fmt::format("{} is {}", parameter.path, parameter.type.to_text()));
      const bool has_input = parameter.record.has_value() && !graph.records[parameter.record].inputs.empty();
      if (const std::string chain = has_input ? shape_chain(graph, graph.records[parameter.record].inputs.front()) : "";
          !chain.empty()) {
        message.note(chain);
      }
    }
  }
}

/// The only reader is a normalisation by moving statistics, which subtracts what the bias adds.
void lint_cancelled_bias(const Wiring& wiring, const graph::Record& record, Report& report) {
  const graph::Graph& graph = wiring.graph();
  const graph::ParameterInfo* bias = find_weight(graph, record, ".bias");
  if (bias == nullptr || record.activation != "linear" || record.results.size() != 1) {
    return;
  }
  const std::span<const graph::RecordId> readers = wiring.readers_of(record.results.front());
  if (readers.size() != 1) {
    return;
  }
  const graph::Record& reader = wiring.record(readers.front());
  if (find_weight(graph, reader, ".moving_mean") != nullptr) {
    report.add(record.span, diag::CancelledBias, record.path, bias->type.shape.to_text(), reader.path)
        .at_caret("`bias: false` loses nothing")
        .label(reader.span, "subtracts it");
  }
}

void lint_head_width(const graph::Graph& graph, const graph::Record& record, Report& report) {
  const graph::ParameterInfo* query = find_weight(graph, record, ".query.kernel");
  if (query == nullptr || query->type.shape.axis_count() != 3) {
    return;
  }
  const std::vector<Dim>& axes = query->type.shape.axes;
  const std::int64_t width = axes[0].constant();
  const std::int64_t heads = axes[1].constant();
  const std::int64_t size = axes[2].constant();
  if (heads * size == width) {
    return;
  }
  Message& message =
      report.add(record.span, diag::HeadWidth, record.path, heads, size, heads * size, std::to_string(width));
  if (width % heads == 0) {
    message.help(fmt::format("the usual `dim` for {} heads is {}", heads, width / heads));
  } else {
    message.help(fmt::format("{} heads do not divide a width of {}", heads, width));
  }
}

void warn_of_narrow_ids(const graph::Graph& graph, const graph::Record& record, Report& report) {
  const graph::ParameterInfo* table = find_weight(graph, record, ".embeddings");
  if (table == nullptr || record.inputs.empty() || !record.inputs.front().has_value()) {
    return;
  }
  const graph::Node& ids = graph.node(record.inputs.front());
  if (ids.op == graph::Op::input &&
      graph.inputs[graph::attributes<graph::InputAttributes>(ids).index].range_end.has_value()) {
    return;  // which rows are read has been said
  }
  const DType dtype = ids.type.dtype;
  const std::int64_t rows = table->type.shape.axes.front().constant();
  const std::int64_t largest = is_narrow_integer(dtype) ? largest_of(dtype) : largest_of(DType::i32);
  if (largest < rows - 1) {
    report.add(record.span, diag::NarrowIds, record.path, std::string(name_of(dtype)), std::to_string(largest), rows)
        .help("declare the ids as `i32`");
  }
}

/// Ids whose declared range goes beyond the classes that are counted.
void warn_of_uncounted_ids(const graph::Graph& graph, const graph::Record& record, Report& report) {
  if ((record.kind != "category_encoding" && record.kind != "onehot") || record.inputs.empty() ||
      !record.inputs.front().has_value()) {
    return;
  }
  const graph::Node& ids = graph.node(graph::moved_from(graph, record.inputs.front()));
  const Dim& classes = record.result_types.front().shape.axes.back();
  if (ids.op != graph::Op::input || !classes.is_constant()) {
    return;
  }
  const graph::InputInfo& input = graph.inputs[graph::attributes<graph::InputAttributes>(ids).index];
  if (!input.range_begin || !input.range_end || *input.range_end <= classes.constant()) {
    return;
  }
  report
      .add(record.span, diag::UncountedIds,
           fmt::format("`{}` (in {}..{})", input.name, *input.range_begin, *input.range_end), record.kind,
           fmt::format("0..{}", classes.constant()))
      .label(input.span, "the range is declared here")
      .help(fmt::format("give it `classes: {}`, or declare `in 0..{}`", *input.range_end, classes.constant()));
}

}  // namespace

void warn_of_weights(const Wiring& wiring, Report& report) {
  const graph::Graph& graph = wiring.graph();
  for (const graph::Record& record : graph.records) {
    warn_of_uncounted_ids(graph, record, report);
    if (record.parameters.empty()) {
      continue;
    }
    lint_cancelled_bias(wiring, record, report);
    lint_head_width(graph, record, report);
    warn_of_narrow_ids(graph, record, report);
  }
  lint_huge_weights(graph, report);
}

}  // namespace kdlc::check
