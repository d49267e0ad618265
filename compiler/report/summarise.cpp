// A model's layers as a table: types, weights, operations, bytes; totals; and what nothing reaches.
#include <algorithm>

#include <fmt/core.h>

#include "report/report.hpp"
#include "report/summary_rows.hpp"
#include "report/text_table.hpp"

namespace kdlc::report {

namespace {

/// 61706 as `61,706`; nothing for 0.
std::string grouped(std::int64_t number) {
  if (number == 0) {
    return "";
  }
  std::string digits = std::to_string(number);
  for (std::size_t place = digits.size(); place > 3; place -= 3) {
    digits.insert(place - 3, ",");
  }
  return digits;
}

std::string grouped_or_zero(std::int64_t number) {
  return number == 0 ? "0" : grouped(number);
}

std::string bytes_text(std::int64_t bytes) {
  constexpr double kStep = 1024;
  double value = static_cast<double>(bytes);
  for (const std::string_view unit : {"bytes", "KiB", "MiB", "GiB"}) {
    if (value < kStep || unit == "GiB") {
      return unit == "bytes" ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} {}", value, unit);
    }
    value /= kStep;
  }
  return "";
}

std::string table_text(const std::vector<SummaryRow>& rows, int width) {
  const std::vector<TableColumn> columns = {{"layer"},
                                            {"kind"},
                                            {"settings", Align::left, true},
                                            {"result"},
                                            {"weights", Align::right},
                                            {"FLOPs", Align::right},
                                            {"bytes", Align::right}};
  std::vector<std::vector<std::string>> cells;
  for (const SummaryRow& row : rows) {
    const bool is_shared = row.shares_weights && row.weight_count == 0;
    cells.push_back({std::string(2 * row.depth, ' ') + row.path, row.kind, row.details, row.result,
                     is_shared ? "shared" : grouped(row.weight_count), grouped(row.floating_operations),
                     grouped(row.result_bytes)});
  }
  return layout_table(columns, cells, static_cast<std::size_t>(width));
}

std::string dims_text(const graph::Graph& graph) {
  std::string text;
  for (const graph::DimInfo& dim : graph.dims) {
    if (dim.bound.has_value()) {
      text += fmt::format("{}{} = {}", text.empty() ? ", at " : ", ", dim.name, *dim.bound);
    }
  }
  return text;
}

std::string totals_text(const SummaryTotals& totals, const graph::Graph& graph) {
  const std::string per_sample = "for one sample" + dims_text(graph);
  const std::string frozen =
      totals.weight_count == 0 ? ""
      : totals.frozen_count == 0
          ? ", all trained"
          : fmt::format(", {} trained, {} not", grouped_or_zero(totals.weight_count - totals.frozen_count),
                        grouped(totals.frozen_count));
  return fmt::format("\nweights  {} ({}){}\n", grouped_or_zero(totals.weight_count), bytes_text(totals.weight_bytes),
                     frozen) +
         fmt::format("FLOPs    {} {} (two for each multiply-add of dense, convolution and matrix products)\n",
                     grouped_or_zero(totals.floating_operations), per_sample) +
         fmt::format("results  {} {}, before memory is shared\n", bytes_text(totals.result_bytes), per_sample);
}

std::string unreached_text(const check::CheckedModel& model, const SourceSet& sources) {
  std::string text;
  for (const check::Unreached& unreached : model.unreached) {
    std::string place;
    if (unreached.span.is_known()) {
      const SourceFile& file = sources.file(unreached.span.source);
      const LineColumn position = file.position(unreached.span.begin);
      place = fmt::format(" at {}:{}:{}", file.path(), position.line, position.column);
    }
    text += fmt::format("  {} `{}`{}\n", unreached.kind, unreached.name, place);
  }
  return text.empty() ? "" : "\nno output needs:\n" + text;
}

/// What the doc comments say, each behind the name and kind of what they are about.
std::string documentation_text(const check::CheckedModel& model) {
  std::size_t width = 0;
  for (const check::Documented& each : model.documented) {
    width = std::max(width, each.kind.size() + each.name.size() + 1);
  }
  std::string text;
  for (const check::Documented& each : model.documented) {
    std::string start = fmt::format("{:<{}}  ", each.kind + " " + each.name, width);
    for (std::size_t begin = 0; begin <= each.doc.size();) {
      const std::size_t end = std::min(each.doc.find('\n', begin), each.doc.size());
      text += start + each.doc.substr(begin, end - begin) + "\n";
      start = std::string(width + 2, ' ');
      begin = end + 1;
    }
  }
  return text.empty() ? "" : "\n" + text;
}

}  // namespace

std::string summarise(const check::CheckedModel& model, const SourceSet& sources, const SummaryOptions& options) {
  const SummaryFacts facts = gather_summary(model.graph);
  std::string title = model.graph.name;
  if (options.colour) {
    title = "\x1b[1m" + title + "\x1b[0m";
  }
  std::string text = title + (model.graph.doc.empty() ? "" : ": " + model.graph.doc) + "\n";
  for (const auto& setting : model.settings) {
    text += fmt::format("  {} = {}\n", setting.name, setting.value);
  }
  text += "\n" + table_text(facts.rows, options.width) + totals_text(facts.totals, model.graph) +
          documentation_text(model) + unreached_text(model, sources);
  return text;
}

}  // namespace kdlc::report
