// What fits in shape and type, but hardly means what was meant: warnings and lints over a model without errors.
#pragma once

#include "check/elaboration.hpp"

namespace kdlc::check {

/// How the applications of a graph are wired: who made a value and who reads it.
class Wiring {
public:
  explicit Wiring(const graph::Graph& graph);

  /// The innermost application that made the value; none for inputs, weights and constants.
  [[nodiscard]] graph::RecordId maker_of(graph::NodeId node) const;
  /// The layers and functions of the catalogue that take the value as an operand.
  [[nodiscard]] std::span<const graph::RecordId> readers_of(graph::NodeId node) const;
  [[nodiscard]] const graph::Graph& graph() const { return graph_; }
  [[nodiscard]] const graph::Record& record(graph::RecordId id) const { return graph_.records[id]; }

private:
  const graph::Graph& graph_;
  std::map<graph::NodeId, graph::RecordId> makers_;
  std::map<graph::NodeId, std::vector<graph::RecordId>> readers_;
};

/// Outputs given twice, and outputs that are inputs (K217, K218).
void warn_of_outputs(const graph::Graph& graph, const syntax::ModelDecl& model, Report& report);
/// Activations in a place where they do harm (K328, K548, K549, K550, K564).
void warn_of_activations(const Wiring& wiring, Report& report);
/// Outputs of one unit that a relu cuts off (K563).
void lint_cut_off_outputs(const Wiring& wiring, Report& report);
/// Weights that are of no use or too many (K327, K524, K546, K551).
void warn_of_weights(const Wiring& wiring, Report& report);
/// Weights that training could never change (K554).
void warn_of_gradients(const graph::Graph& graph, Report& report);
/// Images with channels first, and pixels scaled twice (K322, K553).
void warn_of_images(const Wiring& wiring, Report& report);

/// One channel added to all channels of a residual (K329).
void warn_of_sums(const Wiring& wiring, Report& report);

/// All of them; what is said of a line inside a block is said once, with the application around and a count.
void warn_of_meaning(Elaboration& elaboration, const syntax::ModelDecl& model);

}  // namespace kdlc::check
