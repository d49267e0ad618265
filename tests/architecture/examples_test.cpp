// The example of every diagnostic raises it, and nothing else.
#include <set>
#include <string>

#include "catch.hpp"
#include "check/check.hpp"
#include "diagnostics/diagnostics.hpp"
#include "syntax/syntax.hpp"

using namespace kdlc;

namespace {

/// The codes that a text raises. Notes are no alarm: they count only when the row in question is one.
std::set<std::string> raised_by(const DiagnosticKind& row) {
  SourceSet sources;
  const SourceId source = sources.add("example.kdl", std::string(row.example));
  Report report;
  const syntax::Tree tree = syntax::parse(sources, source, report);
  const check::Options options = {.require_lowering = false, .read_file = [](const std::string&) {
                                    return FileContents{false, "", "no such file"};
                                  }};
  static_cast<void>(check::check(tree, sources, options, report));
  const Policy policy = {.wanted = {"lints"}};
  std::set<std::string> codes;
  for (const Message& message : select_messages(report, sources, policy)) {
    const bool is_alarm = message.severity == Severity::error || message.severity == Severity::warning;
    if (is_alarm || message.kind == &row) {
      codes.insert(std::string(message.kind->code));
    }
  }
  return codes;
}

}  // namespace

TEST_CASE("the example of every diagnostic raises exactly it") {
  for (const DiagnosticKind* row : all_diagnostics()) {
    if (!row->example.empty()) {
      INFO(row->code << " " << row->name << "\n" << row->example);
      CHECK(raised_by(*row) == std::set<std::string>{std::string(row->code)});
    }
  }
}
