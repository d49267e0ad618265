// Normalisation of each sample over some of its axes: what layernorm and rmsnorm share.
#pragma once

#include "catalogue/declare.hpp"

namespace kdlc::catalogue {

/// What the weights are called; an empty beta means that the layer has none. Without the settings `scale` and `center`
/// all named weights exist.
struct NormalisationNames {
  std::string_view gamma;
  std::string_view beta;
};
/// Weights with as many numbers as the normalised axes together, in one axis.
struct NormalisationWeights {
  std::optional<graph::NodeId> gamma;
  std::optional<graph::NodeId> beta;
};
using LowerRow = graph::NodeId (*)(graph::Builder& builder, graph::NodeId row, const NormalisationWeights& weights,
                                   double eps);

/// `axis`: one or several, the last by default.
Setting normalised_axes_setting();
std::optional<Inferred> infer_normalisation(const Application& application, const NormalisationNames& names);
std::vector<graph::NodeId> lower_normalisation(Lowering& lowering, LowerRow lower_row);

}  // namespace kdlc::catalogue
