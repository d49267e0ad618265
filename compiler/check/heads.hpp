// Private to check/: what the last activations of a model can give.
#pragma once

#include "check/train_state.hpp"

namespace kdlc::check {

/// True for what gives 0 for every negative number: `relu`, in any spelling, `maximum(x, 0.0)` among them.
bool cuts_off_negatives(const graph::Graph& graph, graph::NodeId value);

/// Numbers from -1 or 0 to 1 that stand where scores of any size are due.
struct BoundedScores {
  std::string name;
  Span span;
  double lowest = 0;
};
/// K564 for a sigmoid, softmax or tanh of them that can hardly say yes or no.
void warn_of_bounds(Report& report, const graph::Record& record, const BoundedScores& scores);

}  // namespace kdlc::check
