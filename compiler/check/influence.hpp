// Private to check/: which values a value of a graph depends on, and through which of them a gradient passes.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.hpp"

namespace kdlc::check {

/// For each node 0 or 1.
using Reached = IdVector<graph::NodeId, std::uint8_t>;

/// smooth: what a small change goes through. gradient: of these, where no `stop_gradient` stands.
enum class Path : std::uint8_t { any, smooth, gradient };

/// Whether one of `ends` depends on the node, on paths of that kind.
Reached find_influences(const graph::Graph& graph, const std::vector<graph::NodeId>& ends, Path path);

/// Whether the node is what `stop_gradient` made.
bool is_stop(const graph::Graph& graph, const graph::Node& node);
/// Whether a small change of the node's operand changes its result: not through a comparison, rounding or whole
/// numbers.
bool passes_gradient(const graph::Graph& graph, const graph::Node& node, std::size_t operand);

}  // namespace kdlc::check
