// From the words of a command line to a command with its arguments.
#pragma once

#include <span>
#include <string>

#include "driver/console.hpp"
#include "driver/session.hpp"

namespace kdlc::driver {

/// Runs the command that `words` (without the program's name) ask for.
ExitCode run_command_line(std::span<const std::string> words, Console& console, Progress& progress);

}  // namespace kdlc::driver
