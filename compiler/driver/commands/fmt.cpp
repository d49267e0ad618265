// kdlc fmt: sources in their canonical form, printed, compared, or written in place.
#include "diagnostics/kinds.hpp"
#include "driver/commands/commands.hpp"
#include "driver/files.hpp"
#include "driver/result_file.hpp"
#include "syntax/syntax.hpp"

namespace kdlc::driver {

namespace {

/// The canonical text of a file; nullopt after reporting (a source that cannot be parsed is never rewritten).
std::optional<std::string> format_file(const std::string& path, SourceId& source, Session& session) {
  session.enter("reading", path);
  const auto loaded = load_source(path, session.sources, session.report);
  if (!loaded.has_value()) {
    return std::nullopt;
  }
  source = *loaded;
  const std::size_t errors_before = session.report.error_count();
  session.enter("parsing");
  const syntax::Tree tree = syntax::parse(session.sources, source, session.report);
  if (session.report.error_count() != errors_before) {
    return std::nullopt;
  }
  session.enter("formatting");
  return syntax::print(tree, session.sources);
}

}  // namespace

ExitCode run_fmt(Session& session) {
  const Arguments& arguments = session.arguments;
  std::size_t unformatted_count = 0;
  for (const std::string& path : find_sources(arguments.files, session.report)) {
    SourceId source;
    const std::optional<std::string> text = format_file(path, source, session);
    if (!text.has_value()) {
      continue;
    }
    const bool is_changed = session.sources.file(source).text() != *text;
    if (arguments.only_check) {
      unformatted_count += is_changed ? 1U : 0U;
      session.console.tell(is_changed ? path + " is not in canonical form\n" : "");
    } else if (arguments.in_place && path != "-") {
      static_cast<void>(!is_changed || write_result(path, *text, session));
    } else {
      session.console.print(*text);
    }
  }
  const ExitCode code = session.finish();
  return code == ExitCode::fine && unformatted_count > 0 ? ExitCode::model_is_wrong : code;
}

}  // namespace kdlc::driver
