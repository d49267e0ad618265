// Gathers the facts of a summary from the records of a graph.
#include "report/summary_rows.hpp"

#include <map>
#include <set>

#include "report/count_operations.hpp"

namespace kdlc::report {

namespace {

class Gathering {
public:
  explicit Gathering(const graph::Graph& graph) : graph_(graph), sizes_(largest_sizes(graph)) {
    name_values();
    count_record_operations();
  }

  SummaryFacts gather() {
    for (const graph::InputInfo& input : graph_.inputs) {
      add_value_row(input.name, "input", range_text(input), input.node);
      previous_ = {input.node};
    }
    if (graph_.inputs.size() > 1) {
      previous_.clear();  // which of several inputs is meant is always said
    }
    std::vector<graph::RecordId> outermost;
    for (const graph::RecordId record : graph_.records.ids()) {
      const graph::RecordId parent = graph_.records[record].parent;
      (parent.has_value() ? parts_of_[parent] : outermost).push_back(record);
    }
    for (const graph::RecordId record : outermost) {
      add_record(record, 0, "");
    }
    for (const graph::OutputInfo& output : graph_.outputs) {
      const auto source = value_names_.find(output.node);
      const bool is_own_name = source == value_names_.end() || source->second == output.name;
      add_value_row(output.name, "output", is_own_name ? "" : "= " + source->second, output.node);
      facts_.rows.back().result_bytes = 0;  // counted where it is computed
    }
    add_weight_totals();
    return std::move(facts_);
  }

private:
  /// What a reader calls a value: the input, weight or application that gave it.
  void name_values() {
    for (const graph::InputInfo& input : graph_.inputs) {
      value_names_[input.node] = input.name;
    }
    for (const graph::ParameterInfo& parameter : graph_.parameters) {
      value_names_[parameter.node] = parameter.path;
    }
    // Blocks come before their parts: the name that is seen from outside wins.
    for (const graph::Record& record : graph_.records) {
      for (const graph::NodeId result : record.results) {
        value_names_.try_emplace(result, record.path);
      }
    }
  }

  void count_record_operations() {
    for (const graph::NodeId node : graph_.nodes.ids()) {
      const std::vector<graph::RecordId>& records = graph_.node(node).records;
      const std::int64_t operations = 2 * multiply_adds(graph_, node, sizes_);
      facts_.totals.floating_operations += operations;
      if (!records.empty()) {
        record_operations_[records.front()] += operations;
      }
    }
  }

  static std::string range_text(const graph::InputInfo& input) {
    return input.range_begin.has_value() && input.range_end.has_value()
               ? "in " + std::to_string(*input.range_begin) + ".." + std::to_string(*input.range_end)
               : "";
  }

  void add_value_row(const std::string& name, const std::string& kind, const std::string& details, graph::NodeId node) {
    const TensorType& type = graph_.node(node).type;
    SummaryRow row{.depth = 0, .path = name, .kind = kind, .details = details, .result = type.to_text()};
    row.result_bytes = bytes_of(type);
    facts_.rows.push_back(std::move(row));
  }

  void add_record(graph::RecordId id, std::size_t depth, const std::string& prefix) {
    const graph::Record& record = graph_.records[id];
    const bool is_inside = !prefix.empty() && record.path.starts_with(prefix);
    SummaryRow row{
        .depth = depth, .path = is_inside ? record.path.substr(prefix.size()) : record.path, .kind = record.kind};
    row.details = record.details;
    if (const std::string sources = sources_text(record); !sources.empty()) {
      row.details += (row.details.empty() ? "" : "; ") + sources;
    }
    const std::vector<graph::RecordId>& parts = parts_of_[id];
    for (const TensorType& type : record.result_types) {
      row.result += (row.result.empty() ? "" : ", ") + type.to_text();
      row.result_bytes += parts.empty() ? bytes_of(type) : 0;  // of a block, counted at its parts
    }
    facts_.totals.result_bytes += row.result_bytes;
    count_weights(record, row);
    row.floating_operations = record_operations_[id];
    facts_.rows.push_back(std::move(row));
    for (const graph::RecordId part : parts) {
      add_record(part, depth + 1, record.path + ".");
    }
    previous_ = std::set<graph::NodeId>(record.results.begin(), record.results.end());
  }

  /// `from a, b`, when the operands are not just what the row above gave.
  std::string sources_text(const graph::Record& record) const {
    bool is_from_above = true;
    std::string text;
    for (const graph::NodeId input : record.inputs) {
      const auto name = value_names_.find(input);
      if (name == value_names_.end()) {
        continue;
      }
      is_from_above = is_from_above && previous_.contains(input);
      text += (text.empty() ? "from " : ", ") + name->second;
    }
    return is_from_above ? "" : text;
  }

  void count_weights(const graph::Record& record, SummaryRow& row) {
    for (const std::uint32_t index : record.parameters) {
      if (counted_parameters_.insert(index).second) {
        row.weight_count += element_count(graph_.parameters[index].type.shape, sizes_);
      } else {
        row.shares_weights = true;
      }
    }
  }

  void add_weight_totals() {
    for (const graph::ParameterInfo& parameter : graph_.parameters) {
      const std::int64_t count = element_count(parameter.type.shape, sizes_);
      facts_.totals.weight_count += count;
      facts_.totals.weight_bytes += bytes_of(parameter.type);
      facts_.totals.frozen_count += parameter.trainable ? 0 : count;
    }
  }

  [[nodiscard]] std::int64_t bytes_of(const TensorType& type) const {
    return element_count(type.shape, sizes_) * static_cast<std::int64_t>(size_bytes(type.dtype));
  }

  const graph::Graph& graph_;
  std::map<std::string, std::int64_t> sizes_;
  std::map<graph::NodeId, std::string> value_names_;
  std::map<graph::RecordId, std::vector<graph::RecordId>> parts_of_;
  std::map<graph::RecordId, std::int64_t> record_operations_;
  std::set<std::uint32_t> counted_parameters_;
  std::set<graph::NodeId> previous_;
  SummaryFacts facts_;
};

}  // namespace

SummaryFacts gather_summary(const graph::Graph& graph) {
  return Gathering(graph).gather();
}

}  // namespace kdlc::report
