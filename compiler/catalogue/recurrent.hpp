// Recurrent layers: what lstm, gru and rnn share. Each of them adds what one turn of its loop computes.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// One turn of the loop, as the formula of a layer sees it. Values have the axes of the samples, then their own.
class Turn {
public:
  /// `states` at the beginning of the turn; `x` is this step times the kernel, with the bias; `mask` is none or true
  /// where the sample's step counts, with a last axis of 1.
  Turn(const Application& application, graph::Builder& builder, graph::NodeId x, std::vector<graph::NodeId> states,
       graph::NodeId mask)
      : application_(application), builder_(builder), x_(x), states_(std::move(states)), mask_(mask) {}

  [[nodiscard]] graph::Builder& builder() { return builder_; }
  [[nodiscard]] graph::NodeId x() const { return x_; }
  [[nodiscard]] graph::NodeId state(std::size_t index) const { return states_[index]; }
  /// The parts of a value whose last axis holds the gates one behind the other.
  std::vector<graph::NodeId> gates(graph::NodeId value, std::int64_t count);
  /// state × matrix over the last axis.
  graph::NodeId times(graph::NodeId state, graph::NodeId matrix);
  /// What a setting of kind function makes of the value.
  graph::NodeId activate(std::string_view setting, graph::NodeId value);
  /// The state behind the turn: `next`, or as before where the step is masked.
  graph::NodeId keep(std::size_t state, graph::NodeId next);

  graph::NodeId recurrent_kernel;
  graph::NodeId recurrent_bias;  // gru with reset_after: added behind the recurrent product; else none

private:
  const Application& application_;
  graph::Builder& builder_;
  graph::NodeId x_;
  std::vector<graph::NodeId> states_;
  graph::NodeId mask_;
};

/// How a recurrent layer differs from the others.
struct RecurrentKind {
  std::int64_t gate_count = 1;                   // lstm 4, gru 3
  std::vector<std::string_view> states = {"h"};  // lstm has h and c; the first is the result
  bool has_reset_after = false;                  // gru: a second row of biases
  /// The states behind the turn.
  std::vector<graph::NodeId> (*compute)(Turn& turn, const Application& application) = nullptr;
};

std::optional<Inferred> infer_recurrent(const Application& application, const RecurrentKind& kind);
std::vector<graph::NodeId> lower_recurrent(Lowering& lowering, const RecurrentKind& kind);
/// The settings that all of them take; lstm and gru have `recurrent_activation`, gru has `reset_after`.
std::vector<Setting> recurrent_settings(const RecurrentKind& kind);
std::vector<InputSpec> recurrent_inputs();
std::vector<ForeignName> recurrent_foreign_names();

/// An activation that may be left to its default.
FunctionValue recurrent_function(const Application& application, std::string_view setting);

}  // namespace kdlc::catalogue
