// One run of a command: its sources, its messages, and how it ends.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "diagnostics/diagnostics.hpp"
#include "driver/arguments.hpp"
#include "driver/console.hpp"
#include "source/source.hpp"

namespace kdlc::driver {

enum class ExitCode : int {
  fine = 0,
  model_is_wrong = 1,
  wrong_usage = 2,
  world_failed = 3,
  internal_error = 70,
};

/// What kdlc is at, for the report of an internal error.
struct Progress {
  std::string stage = "reading the command line";
  std::string input;
};

class Session {
public:
  Session(const Arguments& session_arguments, Console& session_console, Progress& progress)
      : arguments(session_arguments), console(session_console), progress_(progress) {}

  const Arguments& arguments;
  Console& console;
  SourceSet sources;
  Report report;

  void enter(std::string_view stage) { progress_.stage = stage; }
  void enter(std::string_view stage, std::string_view input) {
    progress_.stage = stage;
    progress_.input = input;
  }
  /// The messages to show under the policy of -W and --deny.
  [[nodiscard]] std::vector<Message> selected() const;
  /// True when there is an error, or a warning that is denied.
  [[nodiscard]] bool has_failed() const;
  /// Prints a dump; nullopt, so that a compile can end with it.
  std::nullopt_t dumped(std::string_view text) {
    console.print(text);
    return std::nullopt;
  }
  /// Tells all messages as text and gives the exit code that they stand for.
  ExitCode finish();

private:
  Progress& progress_;
};

/// 2 when the command line is at fault, 1 when a model is, 3 when only files and tools are.
ExitCode exit_code_of(const std::vector<Message>& messages);

/// "3 errors, 1 warning"; empty when there are neither.
std::string count_messages(const std::vector<Message>& messages);

}  // namespace kdlc::driver
