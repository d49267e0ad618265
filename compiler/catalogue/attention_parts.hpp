// What layers of attention share: their sequences, their masks, and the softmax over keys.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// The inputs q, k and v of a layer, which are its first three, are sequences [N, …, steps, features] of floats with
/// the same further samples; k and v have the same steps. Reports K310, K320, K314.
bool sequences_fit(const Application& application);
/// The mask, when there is one, is bool and names keys [N, …, S], pairs [N, …, T, S] or pairs for each of `heads`; it
/// may be the same for all samples. Reports K320, K314.
bool mask_fits(const Application& application, std::int64_t heads);

/// Names of the axes before the steps: N and further samples.
std::string sample_labels(const Application& application);
/// [N, …] of the query.
Shape sample_axes(const Application& application);

/// How scores become parts of attention: they are [N, …, heads…, T, S].
struct AttentionParts {
  double scale = 1;
  std::vector<std::int64_t> head_axes;  // whose product is the number of heads
  bool causal = false;                  // a query looks at keys up to its own place, counted from the start
};
/// softmax over keys of scores × scale, where what a query may not look at counts as the lowest number: a row with
/// nothing to look at becomes the average, as in Keras without dropout.
graph::NodeId attend(Lowering& lowering, graph::NodeId scores, const AttentionParts& parts);

/// The weights of a layer in order, taken one kernel (and bias, when it has them) after the other.
class Projections {
public:
  explicit Projections(Lowering& lowering) : lowering_(lowering) {}
  /// x contracted with the next kernel, plus its bias; the axes are named as in graph::ContractionAttributes.
  graph::NodeId apply(graph::NodeId x, std::string left, std::string right, std::string output);

private:
  Lowering& lowering_;
  std::size_t next_ = 0;
};

/// The input `mask` of such a layer.
InputSpec mask_input();

}  // namespace kdlc::catalogue
