// What is known of the numbers of a value: the activation that made them.
#include "check/train_state.hpp"

namespace kdlc::check {

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
  }
  return meaning;
}

}  // namespace kdlc::check
