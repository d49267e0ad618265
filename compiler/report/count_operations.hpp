// How much arithmetic a graph is.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "graph/graph.hpp"

namespace kdlc::report {

/// Sizes known at run time for counting: one sample, and every declared dim at its bound.
std::map<std::string, std::int64_t> largest_sizes(const graph::Graph& graph);

/// The multiplications, each with its addition, of one contraction: the product of the sizes of all its axes. Other
/// primitives count nothing: their work is small beside it. 0 when a size is unknown.
std::int64_t multiply_adds(const graph::Graph& graph, graph::NodeId node,
                           const std::map<std::string, std::int64_t>& sizes);

/// Elements of a shape; 0 when a size is unknown.
std::int64_t element_count(const Shape& shape, const std::map<std::string, std::int64_t>& sizes);

}  // namespace kdlc::report
