// Finds dense layers whose rows a PyTorch file has in another order, because PyTorch flattens channels first.
#pragma once

#include "diagnostics/diagnostics.hpp"
#include "graph/graph.hpp"

namespace kdlc::weights {

/// K620 for each dense kernel that reads a flattened image: [height, width, channels] here, [channels, height, width]
/// where the file comes from. A transpose written before the flatten, or one channel or one pixel, makes the orders
/// agree.
void report_flatten_order(const graph::Graph& graph, Report& report);

}  // namespace kdlc::weights
