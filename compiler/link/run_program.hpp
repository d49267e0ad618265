// Runs another program without a shell, and keeps what it says.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace kdlc::link {

struct ProgramResult {
  int exit_code = 0;  // 128 + the signal's number when one ended it; 127 when it could not be started
  std::string words;  // of standard output and error, at most 64 KiB
};
/// Runs `arguments[0]` (a path) with these arguments and waits for its end.
ProgramResult run_program(const std::vector<std::string>& arguments);

/// The path of an executable file of this name: in `first_folder` (when not empty), then in the folders of $PATH.
std::optional<std::string> find_program(const std::string& name, const std::string& first_folder);

/// The folder of the running program; empty when the system does not tell.
std::string own_folder();

}  // namespace kdlc::link
