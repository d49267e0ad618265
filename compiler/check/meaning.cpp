// What is known of the numbers of a value: the activation that made them.
#include "check/train_state.hpp"

#include <charconv>

namespace kdlc::check {

namespace {

/// `softmax(axis: 1)` stands in the record as it is told there.
std::optional<std::int64_t> axis_of(const graph::Record& record) {
  constexpr std::string_view kBegin = "axis ";
  std::int64_t axis = 0;
  const char* const end = record.details.data() + record.details.size();
  if (record.kind != record.activation || !record.details.starts_with(kBegin) ||
      std::from_chars(record.details.data() + kBegin.size(), end, axis).ptr != end) {
    return std::nullopt;
  }
  return axis;
}

}  // namespace

Meaning meaning_of(const graph::Graph& graph, graph::NodeId value) {
  while (value.has_value() && graph.node(value).op == graph::Op::reshape) {
    value = graph.node(value).inputs.front();
  }
  Meaning meaning;
  for (const graph::Record& record : graph.records) {
    const bool made_it = value.has_value() && record.results.size() == 1 && record.results.front() == value;
    if (!made_it || record.activation.empty()) {
      continue;
    }
    const catalogue::Activation* activation = catalogue::find_activation(record.activation);
    meaning.activation = record.activation;
    meaning.span = record.span;
    meaning.gives = activation == nullptr ? catalogue::ValueRange::unknown : activation->gives;
    meaning.axis = axis_of(record);
  }
  return meaning;
}

}  // namespace kdlc::check
