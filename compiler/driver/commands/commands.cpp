// The table of commands.
#include "driver/commands/commands.hpp"

namespace kdlc::driver {

namespace {

constexpr std::size_t kAnyCount = 1U << 20U;

}  // namespace

std::vector<Option> Command::all_options() const {
  std::vector<Option> all = options;
  for (const std::span<const Option> shared : shared_options) {
    all.insert(all.end(), shared.begin(), shared.end());
  }
  return all;
}

const std::vector<Command>& all_commands() {
  static const std::vector<Command> commands = {
      {.name = "explain",
       .words = "[CODE]",
       .summary = "explain a message, such as K314; without a code, list all",
       .least_words = 0,
       .most_words = 1,
       .options = {},
       .shared_options = {},
       .run = run_explain},
      {.name = "layers",
       .words = "[NAME]",
       .summary = "list the layers and functions of the language, or one with its settings",
       .least_words = 0,
       .most_words = 1,
       .options = {},
       .shared_options = {},
       .run = run_layers},
  };
  return commands;
}

}  // namespace kdlc::driver
