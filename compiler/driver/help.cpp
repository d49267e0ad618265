// The texts of --help and --version, from the tables of commands and options.
#include "driver/help.hpp"

#include <algorithm>

namespace kdlc::driver {

namespace {

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string flags_with_value(const Option& option) {
  std::string flags(option.flags);
  if (const std::size_t comma = flags.find(','); comma != std::string::npos) {
    flags.replace(comma, 1, ", ");
  } else if (flags.starts_with("--")) {
    flags.insert(0, "    ");  // below the long form of options that have a short one
  }
  return flags + (option.value_name.empty() ? "" : " " + std::string(option.value_name));
}

constexpr std::string_view kExitCodes =
    "exit codes: 0 fine; 1 the model is wrong; 2 wrong usage; 3 a file or tool failed; 70 a bug in kdlc\n";

}  // namespace

std::string general_help() {
  std::string text =
      "kdlc compiles neural-network models (.kdl) to native code\n\nusage: kdlc COMMAND …\n\ncommands:\n";
  std::size_t width = 0;
  for (const Command& command : all_commands()) {
    width = std::max(width, command.name.size());
  }
  for (const Command& command : all_commands()) {
    text += "  " + padded(std::string(command.name), width) + "  " + std::string(command.summary) + "\n";
  }
  text += "\n`kdlc COMMAND --help` lists a command's options; `kdlc --version` tells the version\n";
  text += kExitCodes;
  return text;
}

std::string help_of(const Command& command) {
  std::string text = "kdlc " + std::string(command.name) + ": " + std::string(command.summary) + "\n\nusage: kdlc " +
                     std::string(command.name) + (command.words.empty() ? "" : " " + std::string(command.words)) +
                     " [OPTION…]\n\noptions:\n";
  std::vector<Option> options = command.all_options();
  std::size_t width = std::string_view("-h, --help").size();
  for (const Option& option : options) {
    width = std::max(width, flags_with_value(option).size());
  }
  for (const Option& option : options) {
    text += "  " + padded(flags_with_value(option), width) + "  " + std::string(option.doc) + "\n";
  }
  text += "  " + padded("-h, --help", width) + "  this text\n\n";
  text += kExitCodes;
  return text;
}

std::string version_text() {
  return "kdlc " KDLC_VERSION "\n";
}

}  // namespace kdlc::driver
