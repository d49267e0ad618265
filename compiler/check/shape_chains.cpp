// How a value came to its shape, read from the records of the graph.
#include "check/shape_chains.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

using graph::NodeId;

constexpr std::size_t kMostSteps = 6;      // of a chain; the middle of a longer one is left out
constexpr std::size_t kMostChains = 2;     // below one message
constexpr std::size_t kMostLayers = 1000;  // that are walked back

/// `28×28×1`, without the batch; `a number` when nothing is left.
std::string sizes_of(const Shape& shape) {
  std::string text;
  for (const Dim& axis : shape.without_batch().axes) {
    text += fmt::format("{}{}", text.empty() ? "" : "×", axis.to_text());
  }
  return text.empty() ? "one number" : text;
}

/// The first operand that belongs to a sample; none for what is made of constants.
NodeId main_input(const graph::Graph& graph, const graph::Record& record) {
  const auto input = std::ranges::find_if(record.inputs, [&](NodeId candidate) {
    return candidate.has_value() && graph.node(candidate).type.shape.has_batch();
  });
  return input == record.inputs.end() ? NodeId{} : *input;
}

/// What a person calls it: the name behind `as`, else the layer.
std::string name_of(const graph::Record& record) {
  return record.parameters.empty() ? record.kind : record.path;
}

bool is_about_shapes(const Message& message) {
  const std::string_view code = message.kind->code;
  return code.starts_with("K31") || code == diag::DynamicWeight.code || code == diag::SharedSizes.code ||
         code == diag::PatternMismatch.code || code == diag::ScoreShapes.code;
}

}  // namespace

std::string shape_chain(const graph::Graph& graph, NodeId value) {
  std::vector<std::string> steps;  // the last one first
  for (std::size_t walked = 0; walked < kMostLayers && value.has_value(); ++walked) {
    const graph::Node& node = graph.node(value);
    if (node.op == graph::Op::input) {
      const graph::InputInfo& input = graph.inputs[graph::attributes<graph::InputAttributes>(node).index];
      steps.push_back(fmt::format("`{}` {}", input.name, sizes_of(node.type.shape)));
      break;
    }
    if (node.records.empty()) {
      break;
    }
    const graph::Record& maker = graph.records[node.records.front()];
    const NodeId before = main_input(graph, maker);
    if (!before.has_value()) {
      break;
    }
    if (!(graph.node(before).type.shape == node.type.shape)) {
      steps.push_back(fmt::format("`{}` {}", name_of(maker), sizes_of(node.type.shape)));
    }
    value = before;
  }
  if (steps.size() < 2) {
    return "";
  }
  std::ranges::reverse(steps);
  if (steps.size() > kMostSteps) {
    // The beginning and what stands next to the mistake.
    steps.erase(steps.begin() + 1, steps.end() - static_cast<std::ptrdiff_t>(kMostSteps - 2));
    steps.insert(steps.begin() + 1, "…");
  }
  return fmt::format("{}", fmt::join(steps, " → "));
}

void note_chains(Elaboration& elaboration, std::size_t first, std::span<const NodeId> values) {
  Report& pending = elaboration.pending;
  std::vector<Message> messages(pending.messages().begin() + static_cast<std::ptrdiff_t>(first),
                                pending.messages().end());
  if (std::ranges::none_of(messages, is_about_shapes)) {
    return;
  }
  std::vector<std::string> chains;
  for (const NodeId value : values) {
    std::string chain = shape_chain(elaboration.builder->graph(), value);
    if (!chain.empty() && std::ranges::find(chains, chain) == chains.end() && chains.size() < kMostChains) {
      chains.push_back(std::move(chain));
    }
  }
  pending.truncate(first);
  for (Message& message : messages) {
    for (const std::string& chain : is_about_shapes(message) ? chains : std::vector<std::string>()) {
      message.note(chain);
    }
    pending.append(std::move(message));
  }
}

}  // namespace kdlc::check
