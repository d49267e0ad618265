// Rebuilds a graph node by node: what every pass is written with.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "graph/graph.hpp"

namespace kdlc::passes {

/// A graph under way from an old form to a new one. Old nodes are visited in order; the new node of each is known
/// after.
class Rewrite {
public:
  explicit Rewrite(graph::Graph old);

  /// The graph as it was. The data of constants moves to the new graph: read it there.
  [[nodiscard]] const graph::Graph& old() const { return old_; }
  [[nodiscard]] const graph::Node& old_node(graph::NodeId old_id) const { return old_.nodes[old_id]; }
  [[nodiscard]] bool is_prepared(graph::NodeId old_id) const { return prepared_[old_id]; }
  /// The loop that it belongs to; none when it is computed once.
  [[nodiscard]] graph::ScanId loop_of(graph::NodeId old_id) const { return loops_[old_id]; }
  /// How many nodes, outputs and states read it.
  [[nodiscard]] std::uint32_t use_count(graph::NodeId old_id) const { return uses_[old_id]; }

  /// Adds to the new graph; what is added while an old node is visited serves the records of that node.
  [[nodiscard]] graph::Builder& builder() { return builder_; }
  [[nodiscard]] const graph::Node& node(graph::NodeId new_id) const { return new_.nodes[new_id]; }
  /// The new node that stands for a visited old one.
  [[nodiscard]] graph::NodeId now(graph::NodeId old_id) const { return now_[old_id]; }
  [[nodiscard]] std::vector<graph::NodeId> now(const std::vector<graph::NodeId>& old_ids) const;
  /// The old node that a new one is a copy of; none when this pass made it.
  [[nodiscard]] graph::NodeId origin(graph::NodeId new_id) const { return origin_[new_id]; }

  /// The same as is_prepared, for a new node.
  [[nodiscard]] bool is_prepared_now(graph::NodeId new_id);

  /// The old node with its inputs as they are now.
  graph::NodeId copy(graph::NodeId old_id);
  /// A new node whose type is known; the verifier checks it after the pass.
  graph::NodeId add(graph::Node node);
  /// The node made by this visit does the work of `new_id` too: it serves its records, and stands for it if it dies.
  void absorb(graph::NodeId new_id) { absorbed_.push_back(new_id); }
  /// Of several nodes that do the work of `new_id`, here one: it serves its records, and the last one stands for it.
  void do_part(graph::NodeId new_id, graph::NodeId part);
  /// A new node also serves the records of the old node being visited, in place of one of its own.
  void serve_too(graph::NodeId new_id) { serve(new_id, old_.nodes[visited_].records); }

  /// Gives the new node of the old node `old_id`.
  using Visit = std::function<graph::NodeId(Rewrite& rewrite, graph::NodeId old_id)>;
  /// Visits all nodes, then drops those that no output or state needs (inputs, parameters and states stay), and makes
  /// outputs, inputs, parameters, states and records name the new nodes.
  graph::Graph run(const Visit& visit) &&;

private:
  void serve(graph::NodeId new_id, const std::vector<graph::RecordId>& records);
  void finish_visit(graph::NodeId old_id, std::size_t first_made);
  [[nodiscard]] IdVector<graph::NodeId, bool> find_live_nodes() const;
  graph::Graph finish();

  graph::Graph old_;
  graph::Graph new_;
  graph::Builder builder_{new_};
  IdVector<graph::NodeId, bool> prepared_;
  IdVector<graph::NodeId, graph::ScanId> loops_;
  IdVector<graph::NodeId, std::uint32_t> uses_;
  IdVector<graph::NodeId, graph::NodeId> now_;
  IdVector<graph::NodeId, bool> prepared_now_;          // of new nodes, as far as asked
  IdVector<graph::NodeId, graph::NodeId> origin_;       // of new nodes
  IdVector<graph::NodeId, graph::NodeId> absorbed_by_;  // of new nodes
  std::vector<graph::NodeId> absorbed_;                 // in this visit
  graph::NodeId visited_;
};

}  // namespace kdlc::passes
