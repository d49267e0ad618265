// Planning with measured choices: those of a file, and with --tune those that are still missing.
#pragma once

#include <optional>

#include "codegen/codegen.hpp"
#include "driver/session.hpp"
#include "plan/plan.hpp"

namespace kdlc::driver {

/// make_plan, with the choices that --tune and --tune-cache ask for; without them by the cost model alone, whatever
/// was measured before. nullopt after reporting.
std::optional<plan::Plan> plan_graph(graph::Graph graph, plan::Options options, const codegen::Target& target,
                                     const std::string& prefix, Session& session);

}  // namespace kdlc::driver
