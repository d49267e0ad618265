// The file in which measured choices are kept: one a line, sorted, for any number of machines.
//
//   kdlc choices 1
//   MACHINE | QUESTION | CHOICE | GAIN
//
// A machine is its processor's name with what the planner knows of it and the version of the kernels, so that entries
// of other machines and versions stay and mean nothing here. Questions and choices are texts of plan/choices.hpp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "driver/session.hpp"
#include "plan/choices.hpp"

namespace kdlc::driver {

using TuningEntries = std::map<std::pair<std::string, std::string>, plan::MeasuredChoice>;  // by machine and question

/// This machine in the file.
std::string machine_text(const std::string& processor, const plan::Machine& machine);

std::string tuning_text(const TuningEntries& entries);
/// nullopt after reporting the first line that cannot be read.
std::optional<TuningEntries> parse_tuning(const std::string& path, const std::string& text, Session& session);

/// The file of --tune-cache, or the one in the user's cache folder; nullopt after reporting that there is none.
std::optional<std::string> tuning_path(Session& session);
/// What the file holds for the machine; nothing when there is no file and it may be missing. nullopt after reporting.
std::optional<plan::MeasuredChoices> read_tuning(const std::string& path, const std::string& machine,
                                                 bool may_be_missing, Session& session);
/// Adds to the file, which another kdlc may be writing too; false after reporting.
bool add_tuning(const std::string& path, const std::string& machine, const plan::MeasuredChoices& choices,
                Session& session);

}  // namespace kdlc::driver
