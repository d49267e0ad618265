// What is known of the numbers of a value: the activation that made them, or the range of a formula.
#include "check/number_ranges.hpp"
#include "check/train_state.hpp"

#include <algorithm>
#include <charconv>

namespace kdlc::check {

namespace {

using catalogue::ValueRange;

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

/// Its states are results too; the first result is what its activation bounds.
bool is_recurrent(const graph::Record& record) {
  return record.kind == "lstm" || record.kind == "gru" || record.kind == "rnn";
}

/// The range in words of activations, as far as it is certain.
ValueRange range_in_words(const NumberRange& range) {
  if (range.lowest >= 0 && range.highest <= 1) {
    return ValueRange::unit;
  }
  if (range.freedom != Freedom::free) {
    return ValueRange::unknown;
  }
  if (range.lowest >= 0) {
    return ValueRange::not_negative;
  }
  return range.lowest >= -1 && range.highest <= 1 ? ValueRange::signed_unit : ValueRange::any;
}

}  // namespace

graph::NodeId without_reshapes(const graph::Graph& graph, graph::NodeId value) {
  const auto classes = [&](graph::NodeId id) {
    const Shape& shape = graph.node(id).type.shape;
    return shape.axes.empty() ? Dim(1) : shape.axes.back();
  };
  while (value.has_value() && graph.node(value).op == graph::Op::reshape &&
         classes(value) == classes(graph.node(value).inputs.front())) {
    value = graph.node(value).inputs.front();
  }
  return value;
}

Meaning meaning_of(const graph::Graph& graph, graph::NodeId value) {
  value = without_reshapes(graph, value);
  Meaning meaning;
  for (const graph::Record& record : graph.records) {
    const bool made_it = value.has_value() && (record.results.size() == 1 || is_recurrent(record)) &&
                         record.results.front() == value &&
                         std::ranges::find(record.inputs, value) == record.inputs.end();  // no identity
    if (!made_it) {
      continue;
    }
    meaning.span = record.span;
    meaning.kind = record.kind;
    meaning.path = record.path;
    if (record.activation.empty()) {
      continue;
    }
    const catalogue::Activation* activation = catalogue::find_activation(record.activation);
    meaning.activation = record.activation;
    meaning.axis = axis_of(record);
    meaning.gives = activation == nullptr ? ValueRange::unknown : activation->gives;
  }
  if (!value.has_value()) {
    return meaning;
  }
  const bool is_probability = meaning.gives == ValueRange::unit || meaning.gives == ValueRange::distribution;
  const ValueRange computed = range_in_words(NumberRanges(graph).of(value));
  const catalogue::Activation* activation = catalogue::find_activation(meaning.activation);
  const bool is_function = activation != nullptr && !activation->is_activation;
  const bool depends_on_operand = activation != nullptr && activation->formula != nullptr;  // not: log_softmax
  const bool is_uncertain = depends_on_operand && meaning.gives == ValueRange::any && computed == ValueRange::unknown;
  if (activation == nullptr || is_function || is_uncertain || (computed == ValueRange::unit && !is_probability)) {
    meaning.activation.clear();  // what stands before it says more: `exp(-x ^ 2)`, a relu of a sigmoid
    meaning.gives = computed;
  }
  return meaning;
}

}  // namespace kdlc::check
