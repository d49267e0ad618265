// Which results may be written over one of their operands.
#pragma once

#include "graph/graph.hpp"

namespace kdlc::plan {

/// Whether `id` may write each of its elements over that of `operand`, which has the same type: it reads it element by
/// element alone, as a map or an epilogue does, and whatever else reads it has run before and keeps no view of it. No
/// kernel writes an element twice.
bool may_overwrite(const graph::Graph& graph, const IdVector<graph::NodeId, graph::ScanId>& loops, graph::NodeId id,
                   graph::NodeId operand);

}  // namespace kdlc::plan
