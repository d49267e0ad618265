// Look-ups for random graphs.
#pragma once

#include "support/random_graph.hpp"

namespace kdlc::testing {

/// Places of `table` along one of its axes after N: the same for all samples, or each sample's own by the numbers of
/// `exact`, multiples of 1/8 that are the same bits however they are computed.
graph::NodeId random_lookup(graph::Builder& builder, Random& random, graph::NodeId table, graph::NodeId exact);

}  // namespace kdlc::testing
