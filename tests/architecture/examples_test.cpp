// The example of every diagnostic raises it, and nothing else.
#include <map>
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

/// Examples that raise something else today, with what they raise: the check that is meant to be quiet is not yet. A
/// row leaves this list when that is mended; the test then says so.
const std::map<std::string, std::set<std::string>>& not_yet() {
  static const std::map<std::string, std::set<std::string>> codes = {
      {"K111", {"K111", "K302"}},  // a misplaced output in a block also changes the count of its results
      {"K308", {"K307"}},          // a tensor too many is taken for a setting
      {"K318", {"K307"}},          // `reshape(3, 3)`: sizes by position are not taken as one list
      {"K340", {"K304", "K340"}},  // what follows from a failed `require` is not quiet
      {"K342", {"K202", "K342"}},  // an option word that is misspelt is also looked up as a name
  };
  return codes;
}

}  // namespace

TEST_CASE("the example of every diagnostic raises exactly it") {
  for (const DiagnosticKind* row : all_diagnostics()) {
    if (!row->example.empty()) {
      INFO(row->code << " " << row->name << "\n" << row->example);
      const std::string code(row->code);
      CHECK(raised_by(*row) == (not_yet().contains(code) ? not_yet().at(code) : std::set<std::string>{code}));
    }
  }
}
