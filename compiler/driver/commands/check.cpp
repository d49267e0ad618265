// kdlc check: what is wrong with models, as text or JSON, and a verdict in one line.
#include <filesystem>
#include <set>

#include "diagnostics/kinds.hpp"
#include "driver/bind_weights.hpp"
#include "driver/commands/commands.hpp"
#include "driver/compile.hpp"
#include "driver/files.hpp"

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

std::string verdict_of(const std::vector<Message>& messages, std::size_t file_count) {
  const std::string files = std::to_string(file_count) + (file_count == 1 ? " file" : " files");
  const std::string counts = count_messages(messages);
  const bool is_fine = exit_code_of(messages) == ExitCode::fine;
  return std::string("kdlc check: ") + (is_fine ? "fine" : "failed") + ", " + files +
         (counts.empty() ? "" : ", " + counts) + "\n";
}

}  // namespace

ExitCode run_check(Session& session) {
  const std::vector<std::string> paths = find_sources(session.arguments.files, session.report);
  for (const std::string& path : paths) {
    if (const auto model = check_file(path, false, session); model.has_value()) {
      check_weights(path, *model, session);
    }
  }
  session.enter("telling what was found");
  const std::vector<Message> messages = session.selected();
  if (session.arguments.format == "json") {
    session.console.print(render_json(messages, session.sources));
  } else {
    static_cast<void>(session.finish());
  }
  session.console.tell(verdict_of(messages, paths.size()));
  return exit_code_of(messages);
}

}  // namespace kdlc::driver
