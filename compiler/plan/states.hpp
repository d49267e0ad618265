// Where the states of a model lie between calls and during one.
#pragma once

#include "plan/plan.hpp"

namespace kdlc::plan {

/// How many samples a call may have: `streams` where samples have states of their own; nullopt: any number.
std::optional<std::int64_t> streams_of(const graph::Graph& graph, std::int64_t streams);

/// Gives every state its place in the caller's memory, and in the arena one for what a call leaves: behind what is
/// there already, so after all else.
void place_states(Plan& plan, std::int64_t streams);

}  // namespace kdlc::plan
