// The table of commands. A command is one file of this folder and one row of commands.cpp.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "driver/arguments.hpp"
#include "driver/session.hpp"

namespace kdlc::driver {

struct Command {
  std::string_view name;
  std::string_view words;    // what stands behind it in the usage line: "FILE…"
  std::string_view summary;  // one sentence
  std::size_t least_words = 0;
  std::size_t most_words = 0;
  std::vector<Option> options;                          // its own
  std::vector<std::span<const Option>> shared_options;  // and those that it shares
  ExitCode (*run)(Session& session) = nullptr;

  /// Its own options, then those that it shares.
  [[nodiscard]] std::vector<Option> all_options() const;
};

/// All commands, in the order in which help lists them.
const std::vector<Command>& all_commands();

ExitCode run_check(Session& session);
ExitCode run_build(Session& session);
ExitCode run_run(Session& session);
ExitCode run_evaluate(Session& session);
ExitCode run_bench(Session& session);
ExitCode run_new(Session& session);
ExitCode run_pack(Session& session);
ExitCode run_summary(Session& session);
ExitCode run_tests_of_files(Session& session);
ExitCode run_fmt(Session& session);
ExitCode run_explain(Session& session);
ExitCode run_layers(Session& session);
ExitCode run_targets(Session& session);

}  // namespace kdlc::driver
