// What the options of a command line mean to the stages of the compile.
#pragma once

#include <optional>
#include <string>

#include "check/check.hpp"
#include "codegen/codegen.hpp"
#include "driver/compile.hpp"

namespace kdlc::driver {

/// False after reporting that the file has several models of which none was chosen.
bool is_chosen(const check::CheckedModel& model, Session& session);
check::Options check_options(const Arguments& arguments, check::CodeNeeded code_needed);
/// The target of --target and --cpu; nullopt after reporting.
std::optional<codegen::Target> find_target(Session& session);
/// How to plan for the target, by --strict, --chunk, --streams and --threads; nullopt after reporting a value that is
/// no count, or streams of a model that keeps no states.
std::optional<plan::Options> plan_options(const codegen::Target& target, const graph::Graph& graph, Session& session);
/// The prefix of every symbol: --name, or the model's name as C writes it.
std::string prefix_of(const graph::Graph& graph, const Arguments& arguments);
codegen::Options codegen_options(const Compiled& compiled, const CompileOptions& options, const Arguments& arguments);

}  // namespace kdlc::driver
