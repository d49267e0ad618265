// Computes once what is computed twice from the same values.
//
//   %1 = map tanh(a) (%0)
//   %2 = map tanh(a) (%0)     →   %1 = map tanh(a) (%0)
//   %3 = map a + b (%1, %2)       %2 = map a + b (%1, %1)
#include <unordered_map>

#include "passes/pass_list.hpp"
#include "passes/rewrite.hpp"

namespace kdlc::passes {

using namespace graph;

namespace {

/// Equal nodes have equal keys; other nodes seldom do.
std::size_t key_of(const Node& node) {
  std::size_t key = static_cast<std::size_t>(node.op) * 31 + static_cast<std::size_t>(node.type.dtype);
  const auto mix = [&](std::size_t value) { key = (key ^ value) * 0x9e3779b97f4a7c15U; };
  for (const NodeId input : node.inputs) {
    mix(input.value);
  }
  for (const Dim& axis : node.type.shape.axes) {
    mix(static_cast<std::size_t>(axis.constant_part()));
  }
  if (node.op == Op::constant) {
    for (const std::byte byte : attributes<ConstantAttributes>(node).data.bytes) {
      mix(static_cast<std::size_t>(byte));
    }
  }
  if (node.op == Op::map) {
    for (const MapTerm& term : attributes<MapAttributes>(node).expression.terms) {
      mix(static_cast<std::size_t>(term.op));
    }
  }
  return key;
}

/// Constants are equal by their data, whatever they are called; their shapes stand in their types.
bool are_equal(const Node& left, const Node& right) {
  if (left.op != right.op || left.inputs != right.inputs || !(left.type == right.type)) {
    return false;
  }
  if (left.op == Op::constant) {
    return attributes<ConstantAttributes>(left).data == attributes<ConstantAttributes>(right).data;
  }
  return left.attributes == right.attributes;
}

}  // namespace

Graph merge_equal_nodes(Graph graph) {
  std::unordered_multimap<std::size_t, NodeId> known;
  return Rewrite(std::move(graph)).run([&](Rewrite& rewrite, NodeId id) {
    const NodeId made = rewrite.copy(id);
    const Node& node = rewrite.node(made);
    if (node.op == Op::input || node.op == Op::parameter || node.op == Op::state) {
      return made;
    }
    const std::size_t key = key_of(node);
    const auto [begin, end] = known.equal_range(key);
    for (auto candidate = begin; candidate != end; ++candidate) {
      if (are_equal(rewrite.node(candidate->second), node)) {
        rewrite.serve_too(candidate->second);
        return candidate->second;
      }
    }
    known.emplace(key, made);
    return made;
  });
}

}  // namespace kdlc::passes
