// What is compared when a call begins: declared ranges of inputs, and ids against the tables that they are for.
#pragma once

#include "plan/plan.hpp"

namespace kdlc::plan {

/// Gives an input without a declared range the range of the tables that all of its numbers look up, where their sizes
/// are known.
void narrow_input_ranges(graph::Graph& graph);

/// Whether the ids of a look-up are an input, or a view of one, that is compared when a call begins; or known numbers.
bool ids_are_checked_before(const graph::Graph& graph, const graph::Node& gather);

/// The checks of a graph whose ranges are narrowed.
std::vector<InputCheck> find_input_checks(const graph::Graph& graph);

}  // namespace kdlc::plan
