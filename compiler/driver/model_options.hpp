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
/// The samples of --chunk, 0 when the planner chooses; nullopt after reporting a value that is no count.
std::optional<std::int64_t> chunk_of(Session& session);
/// The streams of --streams, else 1; nullopt after reporting a value that is no count, or a model that keeps no states;
/// and without a model.
std::optional<std::int64_t> streams_of(const std::optional<check::CheckedModel>& model, Session& session);
/// The prefix of every symbol: --name, or the model's name as C writes it.
std::string prefix_of(const graph::Graph& graph, const Arguments& arguments);
codegen::Options codegen_options(const Compiled& compiled, const CompileOptions& options, const Arguments& arguments);

}  // namespace kdlc::driver
