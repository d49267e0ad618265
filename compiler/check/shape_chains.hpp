// How a value came to its shape: "`image` 28×28×1 → `conv1` 26×26×32 → …", a note below messages about shapes.
#pragma once

#include <span>

#include "check/elaboration.hpp"

namespace kdlc::check {

/// From an input to the value, each layer that changed the shape with what it gave; empty when none did.
std::string shape_chain(const graph::Graph& graph, graph::NodeId value);

/// Below the messages about shapes that are pending from the `first` on: how these values came to theirs.
void note_chains(Elaboration& elaboration, std::size_t first, std::span<const graph::NodeId> values);

}  // namespace kdlc::check
