// kdlc check: what is wrong with models, as text, JSON or SARIF, with the offered edits made on request, and a verdict
// in one line.
#include <algorithm>
#include <filesystem>

#include "diagnostics/kinds.hpp"
#include "diagnostics/render_sarif.hpp"
#include "driver/bind_weights.hpp"
#include "driver/commands/commands.hpp"
#include "driver/compile.hpp"
#include "driver/files.hpp"
#include "driver/fixes.hpp"
#include "driver/result_file.hpp"

namespace kdlc::driver {

namespace {

/// Weights that are there must fit; a clause whose file is not there yet is a warning while one edits.
void check_weights(const std::string& path, const check::CheckedModel& model, Session& session) {
  const auto source = choose_weights(path, model.weights, session);
  if (!source.has_value() || source->kind != WeightsSource::Kind::file) {
    return;
  }
  const bool is_from_clause = session.arguments.weights.empty();
  if (is_from_clause && !std::filesystem::exists(source->path)) {
    session.report.add(model.weights->span, diag::WeightsFileAbsent, source->path)
        .help("`--weights random:1` builds the model with random numbers meanwhile");
    return;
  }
  session.enter("checking the weights of");
  static_cast<void>(bind_weights(path, model.graph, model.weights, session));
}

std::string verdict_of(const std::vector<Message>& messages, std::size_t file_count, std::size_t fix_count) {
  const std::string files = std::to_string(file_count) + (file_count == 1 ? " file" : " files");
  const std::string fixes =
      fix_count == 0 ? "" : ", " + std::to_string(fix_count) + (fix_count == 1 ? " fix" : " fixes");
  const std::string counts = count_messages(messages);
  const bool is_fine = exit_code_of(messages) == ExitCode::fine;
  return std::string("kdlc check: ") + (is_fine ? "fine" : "failed") + ", " + files + fixes +
         (counts.empty() ? "" : ", " + counts) + "\n";
}

std::vector<Message> check_all(const std::vector<std::string>& paths, Session& session) {
  for (const std::string& path : paths) {
    if (const auto model = check_file(path, check::CodeNeeded::nothing, session); model.has_value()) {
      check_weights(path, *model, session);
    }
  }
  session.enter("telling what was found");
  return session.selected();
}

/// Fixes until nothing is left to fix: an edit may uncover the next mistake, or have waited for its neighbour. The
/// number of fixes; every file is written whole, and none when that fails.
std::size_t fix_all(const std::vector<std::string>& paths, Session& session) {
  constexpr int kMostRounds = 20;  // two edits that undo each other must end
  std::size_t fix_count = 0;
  for (int round = 0; round < kMostRounds; ++round) {
    Progress progress;
    Session trial(session.arguments, session.console, progress);
    const std::vector<FixedSource> fixed = fix_sources(check_all(paths, trial), trial.sources, paths);
    for (const FixedSource& source : fixed) {
      if (!write_result(source.path, source.text, session)) {
        return fix_count;
      }
      for (const std::string& change : source.changes) {
        session.console.tell("fixed " + change + "\n");
      }
      fix_count += source.changes.size();
    }
    if (fixed.empty()) {
      break;
    }
  }
  return fix_count;
}

}  // namespace

ExitCode run_check(Session& session) {
  const std::vector<std::string> paths = find_sources(session.arguments.files, session.report);
  if (session.arguments.fix && std::find(paths.begin(), paths.end(), "-") != paths.end()) {
    session.report.add(Span{}, diag::OptionValue, "--fix", "-", "files: standard input cannot be written");
    return session.finish();
  }
  const std::size_t fix_count = session.arguments.fix ? fix_all(paths, session) : 0;
  const std::vector<Message> messages = check_all(paths, session);
  if (session.arguments.format == "json") {
    session.console.print(render_json(messages, session.sources));
  } else if (session.arguments.format == "sarif") {
    session.console.print(render_sarif(messages, session.sources, KDLC_VERSION));
  } else {
    static_cast<void>(session.finish());
  }
  session.console.tell(verdict_of(messages, paths.size(), fix_count));
  return exit_code_of(messages);
}

}  // namespace kdlc::driver
