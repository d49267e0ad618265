// Which sizes of a call a plan can take.
#pragma once

#include <vector>

#include "graph/graph.hpp"

namespace kdlc::plan {

/// What `require` demands, and what the steps rely on: no axis of any value is negative, and no slice that has elements
/// leaves its operand. Rules that every size within its bound fulfils are left out.
std::vector<graph::SizeRule> find_size_rules(const graph::Graph& graph);

}  // namespace kdlc::plan
