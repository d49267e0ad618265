// What hinge and squared_hinge share: labels of 0 and 1 are read as -1 and 1 when the whole data set has no others.
#pragma once

#include "catalogue/scores.hpp"

namespace kdlc::catalogue {

struct HingeForm {
  bool from_binary = false;  // labels t are read as 2·t - 1
  bool square = false;
};
/// max(1 - t·p, 0), or its square.
graph::MapBuilder::Value hinge_margin(graph::MapBuilder& map, graph::MapBuilder::Value output,
                                      graph::MapBuilder::Value target, const HingeForm& form);
/// The sums of both readings of the labels, of values and of labels that are neither 0 nor 1.
std::vector<graph::NodeId> hinge_sums(Lowering& lowering, graph::NodeId as_given, graph::NodeId from_binary);
graph::NodeId combine_hinge(const Application& application, graph::Builder& builder,
                            const std::vector<graph::NodeId>& sums);

}  // namespace kdlc::catalogue
