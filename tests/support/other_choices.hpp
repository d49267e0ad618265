// Answers to the questions of a model that the cost model would not give: what measuring may come to.
#pragma once

#include <cstdint>

#include "plan/choices.hpp"
#include "plan/plan.hpp"

namespace kdlc::testing {

/// One of the candidates of every question, also of those that follow another.
plan::MeasuredChoices other_choices(const graph::Graph& graph, plan::Options options, std::uint64_t seed);

}  // namespace kdlc::testing
