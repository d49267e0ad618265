// The example of every diagnostic raises it, and nothing else; warnings and lints are switched by their names.
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "check/check.hpp"
#include "diagnostics/diagnostics.hpp"
#include "support/known_mistakes.hpp"
#include "syntax/syntax.hpp"

using namespace kdlc;

namespace {

/// What a text raises under a policy.
std::vector<Message> messages_of(const DiagnosticKind& row, const Policy& policy) {
  SourceSet sources;
  const SourceId source = sources.add("example.kdl", std::string(row.example));
  Report report;
  const syntax::Tree tree = syntax::parse(sources, source, report);
  const check::Options options = {.code_needed = check::CodeNeeded::nothing, .read_file = [](const std::string&) {
                                    return FileContents{false, "", "no such file"};
                                  }};
  static_cast<void>(check::check(tree, sources, options, report));
  return select_messages(report, sources, policy);
}

/// The codes that a text raises. Notes are no alarm: they count only when the row in question is one.
std::set<std::string> raised_by(const DiagnosticKind& row) {
  std::set<std::string> codes;
  for (const Message& message : messages_of(row, {.wanted = {"lints"}})) {
    const bool is_alarm = message.severity == Severity::error || message.severity == Severity::warning;
    if (is_alarm || message.kind == &row) {
      codes.insert(std::string(message.kind->code));
    }
  }
  return codes;
}

/// How severe the row's own message is in its example under a policy; nullopt when it is not shown.
std::optional<Severity> severity_of(const DiagnosticKind& row, const Policy& policy) {
  const std::vector<Message> messages = messages_of(row, policy);
  const auto own = std::ranges::find(messages, &row, &Message::kind);
  return own == messages.end() ? std::nullopt : std::optional(own->severity);
}

bool is_switched(const DiagnosticKind& row) {
  return row.severity == Severity::warning || row.severity == Severity::lint;
}

/// The message with a dot for each fact.
std::string message_text(const DiagnosticKind& row) {
  std::string text(row.message);
  for (std::size_t fact = text.find("{}"); fact != std::string::npos; fact = text.find("{}")) {
    text.replace(fact, 2, "…");
  }
  return text == "…" ? "several sentences: `kdlc explain " + std::string(row.code) + "`" : text;
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

TEST_CASE("each warning and lint is switched by its name or code, and by nothing else") {
  for (const DiagnosticKind* row : all_diagnostics()) {
    if (!is_switched(*row) || row->example.empty()) {
      continue;
    }
    INFO(row->code << " " << row->name);
    const bool is_lint = row->severity == Severity::lint;
    CHECK(severity_of(*row, {}).has_value() != is_lint);
    for (const std::string& word : {std::string(row->code), std::string(row->name)}) {
      CHECK(severity_of(*row, {.wanted = {word}}) == row->severity);
      CHECK_FALSE(severity_of(*row, {.allowed = {word}, .wanted = {"lints"}}).has_value());
      CHECK(severity_of(*row, {.denied = {word}}) == Severity::error);
    }
    CHECK(severity_of(*row, {.denied = {is_lint ? "lints" : "warnings"}}) == Severity::error);
    CHECK(severity_of(*row, {.denied = {is_lint ? "warnings" : "lints"}}) != Severity::error);
  }
}

TEST_CASE("the reference names every warning and lint") {
  std::string table = "| code | name | level | says |\n| --- | --- | --- | --- |\n";
  for (const DiagnosticKind* row : all_diagnostics()) {
    if (is_switched(*row)) {
      table += "| " + std::string(row->code) + " | " + std::string(row->name) + " | " +
               std::string(name_of(row->severity)) + " | " + message_text(*row) + " |\n";
    }
  }
  testing::check_section("../grammar/README.md", "warnings and lints", table);
}
