// The texts of --help and --version.
#pragma once

#include <string>

#include "driver/commands/commands.hpp"

namespace kdlc::driver {

/// All commands, one line each.
std::string general_help();
/// One command with its options.
std::string help_of(const Command& command);
std::string version_text();

}  // namespace kdlc::driver
