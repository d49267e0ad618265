// Rebuilds a graph node by node, drops what is dead, and keeps records true.
#include "passes/rewrite.hpp"

#include <algorithm>

namespace kdlc::passes {

using namespace graph;

Rewrite::Rewrite(Graph old)
    : old_(std::move(old)), prepared_(find_prepared(old_)), loops_(find_loops(old_)), uses_(count_uses(old_)) {
  now_.resize(old_.nodes.size());
}

std::vector<NodeId> Rewrite::now(const std::vector<NodeId>& old_ids) const {
  std::vector<NodeId> result;
  for (const NodeId id : old_ids) {
    result.push_back(now_[id]);
  }
  return result;
}

NodeId Rewrite::copy(NodeId old_id) {
  Node& old = old_.nodes[old_id];
  Node node{.op = old.op, .inputs = now(old.inputs), .type = old.type, .records = old.records};
  if (old.op == Op::constant) {
    node.attributes = std::move(old.attributes);
    old.attributes = ConstantAttributes{};
  } else {
    node.attributes = old.attributes;
  }
  const NodeId id = builder_.add(std::move(node));
  origin_.resize(new_.nodes.size());
  origin_[id] = old_id;
  return id;
}

bool Rewrite::is_prepared_now(NodeId new_id) {
  while (prepared_now_.size() <= new_id.value) {
    const Node& node = new_.nodes[NodeId{static_cast<std::uint32_t>(prepared_now_.size())}];
    prepared_now_.push_back(graph::is_prepared(node, prepared_now_));
  }
  return prepared_now_[new_id];
}

NodeId Rewrite::add(Node node) {
  return builder_.add(std::move(node));
}

void Rewrite::serve(NodeId new_id, const std::vector<RecordId>& records) {
  std::vector<RecordId>& served = new_.nodes[new_id].records;
  for (const RecordId record : records) {
    if (std::find(served.begin(), served.end(), record) == served.end()) {
      served.push_back(record);
    }
  }
}

void Rewrite::do_part(NodeId new_id, NodeId part) {
  absorbed_by_.resize(new_.nodes.size());
  absorbed_by_[new_id] = part;
  serve(part, std::vector<RecordId>(new_.nodes[new_id].records));
}

void Rewrite::finish_visit(NodeId old_id, std::size_t first_made) {
  origin_.resize(new_.nodes.size());
  absorbed_by_.resize(new_.nodes.size());
  for (const NodeId taken : absorbed_) {
    // Earlier work is named first, in the order in which a person wrote it.
    const std::vector<RecordId> own = std::exchange(new_.nodes[now_[old_id]].records, new_.nodes[taken].records);
    serve(now_[old_id], own);
    absorbed_by_[taken] = now_[old_id];
  }
  absorbed_.clear();
  for (std::size_t index = first_made; index < new_.nodes.size(); ++index) {
    serve(NodeId{static_cast<std::uint32_t>(index)}, old_.nodes[old_id].records);
  }
}

Graph Rewrite::run(const Visit& visit) && {
  for (const NodeId id : old_.nodes.ids()) {
    const std::size_t first_made = new_.nodes.size();
    visited_ = id;
    now_[id] = visit(*this, id);
    finish_visit(id, first_made);
  }
  return finish();
}

IdVector<NodeId, bool> Rewrite::find_live_nodes() const {
  IdVector<NodeId, bool> is_live;
  is_live.resize(new_.nodes.size(), false);
  for (const OutputInfo& output : old_.outputs) {
    is_live[now_[output.node]] = true;
  }
  for (const StateInfo& state : old_.states) {
    is_live[now_[state.next]] = true;
  }
  const std::vector<NodeId> ids = new_.nodes.ids();
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    const Node& node = new_.nodes[*id];
    if (node.op == Op::input || node.op == Op::parameter || node.op == Op::state) {
      is_live[*id] = true;
    }
    if (is_live[*id]) {
      for (const NodeId input : node.inputs) {
        is_live[input] = true;
      }
    }
  }
  return is_live;
}

Graph Rewrite::finish() {
  const IdVector<NodeId, bool> is_live = find_live_nodes();
  IdVector<NodeId, NodeId> place;  // of a new node among the live ones
  place.resize(new_.nodes.size());
  IdVector<NodeId, Node> nodes;
  for (const NodeId id : new_.nodes.ids()) {
    if (!is_live[id]) {
      continue;
    }
    Node node = std::move(new_.nodes[id]);
    for (NodeId& input : node.inputs) {
      input = place[input];
    }
    place[id] = nodes.push_back(std::move(node));
  }
  const auto place_of = [&](NodeId old_id) {
    NodeId id = old_id.has_value() ? now_[old_id] : old_id;
    while (id.has_value() && !is_live[id]) {
      const Node& dead = new_.nodes[id];
      // A reshape that went has the elements of its operand.
      id = !absorbed_by_[id].has_value() && dead.op == Op::reshape ? dead.inputs[0] : absorbed_by_[id];
    }
    return id.has_value() ? place[id] : id;
  };
  Graph result = std::move(old_);
  result.nodes = std::move(nodes);
  for (InputInfo& input : result.inputs) {
    input.node = place_of(input.node);
  }
  for (ParameterInfo& parameter : result.parameters) {
    parameter.node = place_of(parameter.node);
  }
  for (OutputInfo& output : result.outputs) {
    output.node = place_of(output.node);
  }
  for (StateInfo& state : result.states) {
    state.node = place_of(state.node);
    state.next = place_of(state.next);
  }
  for (Record& record : result.records) {
    std::transform(record.inputs.begin(), record.inputs.end(), record.inputs.begin(), place_of);
    std::transform(record.results.begin(), record.results.end(), record.results.begin(), place_of);
  }
  return result;
}

}  // namespace kdlc::passes
