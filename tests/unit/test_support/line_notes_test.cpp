// The notes that say which messages are expected.
#include "support/line_notes.hpp"

#include <string>
#include <vector>

#include "catch.hpp"

using namespace kdlc;

namespace {

constexpr TypedDiagnostic<> kError{{"K314", "broadcast-mismatch", Severity::error, "an error", "…", ""}};
constexpr TypedDiagnostic<> kWarning{{"K216", "unused-block", Severity::warning, "a warning", "…", ""}};

/// Reports an error and a warning where `E` and `W` stand in the text.
std::vector<std::string> faults_of(const std::string& text) {
  SourceSet sources;
  const SourceId source = sources.add("a.kdl", text);
  Report report;
  for (std::uint32_t at = 0; at < text.size(); ++at) {
    const Span place{source, at, at + 1};
    if (text.compare(at, 2, "E ") == 0) {
      report.add(place, kError);
    } else if (text.compare(at, 2, "W ") == 0) {
      report.add(place, kWarning);
    }
  }
  return testing::compare_line_notes(sources, select_messages(report, sources, {}));
}

using Faults = std::vector<std::string>;

}  // namespace

TEST_CASE("messages and notes that meet are fine") {
  CHECK(faults_of("a\n").empty());
  CHECK(faults_of("E  // error K314\n").empty());
  CHECK(faults_of("E W  // error K314, warning K216\n").empty());
  CHECK(faults_of("E E  // error K314, error K314\n").empty());
  CHECK(faults_of("// error K314 +1\nE \n").empty());
  CHECK(faults_of("E \n\n// error K314 -2\n").empty());
  CHECK(faults_of("// want K314 3\n\nE \n").empty());
}

TEST_CASE("a message without a note fails") {
  CHECK(faults_of("\nE \n") == Faults{"a.kdl:2: error K314 was reported, but no note on this line expects it"});
  CHECK(faults_of("E E  // error K314\n").size() == 1);
}

TEST_CASE("a note without a message fails") {
  CHECK(faults_of("a // error K314\n") == Faults{"a.kdl:1: the note expects error K314, but it was not reported"});
  CHECK(faults_of("// want K314 9\n").size() == 1);
}

TEST_CASE("another line, level or code is both") {
  CHECK(faults_of("E \n// error K314\n").size() == 2);
  CHECK(faults_of("E  // warning K314\n").size() == 2);
  CHECK(faults_of("E  // error K315\n").size() == 2);
}
