// Mistakes that people make in Keras, written in this language: each found with its code at its line, or accepted.
#include <algorithm>
#include <map>
#include <set>

#include "catch.hpp"
#include "check/check.hpp"
#include "diagnostics/pages.hpp"
#include "support/golden.hpp"
#include "support/known_mistakes.hpp"
#include "syntax/syntax.hpp"
#include "weights/weights.hpp"

using namespace kdlc;
using namespace kdlc::testing;

namespace {

weights::Binding binding_of(const check::WeightsClause& clause) {
  return {.span = clause.span,
          .prefix = clause.prefix,
          .style = clause.style,
          .missing_init = clause.missing_init,
          .surplus_allow = clause.surplus_allow,
          .renames = {}};
}

/// What `kdlc check` does with a file, from within tests/, so that messages name weight files alike wherever that lies:
/// the text, the model, and its weights file.
void check_program(SourceSet& sources, SourceId source, Report& report) {
  std::filesystem::current_path(KDLC_TESTS_FOLDER);
  const syntax::Tree tree = syntax::parse(sources, source, report);
  const auto model = check::check(tree, sources, {.require_lowering = false, .read_file = test_file_reader()}, report);
  if (!model.has_value() || !model->weights.has_value()) {
    return;
  }
  const std::filesystem::path folder = std::filesystem::path(sources.file(source).path()).parent_path();
  const std::filesystem::path file = folder / model->weights->path;
  if (!model->weights->path.empty()) {
    REQUIRE(std::filesystem::exists(file));
    static_cast<void>(weights::load_weights(model->graph, file.string(), binding_of(*model->weights), report));
  }
}

/// The severest level that the program's messages have at the levels it asks for; "accepted" when there is none.
std::string level_of(const std::filesystem::path& program) {
  SourceSet sources;
  const std::string text = read_test_file(program);
  const SourceId source = sources.add(program.generic_string(), text);
  Report report;
  check_program(sources, source, report);
  Policy policy;
  if (text.find("// with lints") != std::string::npos) {
    policy.wanted = {"lints"};
  }
  const std::vector<Message> messages = select_messages(report, sources, policy);
  const auto severest = std::ranges::min_element(messages, {}, &Message::severity);
  return severest == messages.end() ? "accepted" : std::string(name_of(severest->severity));
}

std::string expected_level(const KnownMistake& mistake) {
  return mistake.answer == "cannot be made" ? "accepted" : mistake.answer;
}

}  // namespace

TEST_CASE("every mistake is found with its code at its line, once") {
  for (const auto& path : kdl_files("golden/mistakes")) {
    check_golden(path, [](SourceSet& sources, SourceId source, Report& report) {
      check_program(sources, source, report);
      return std::string();
    });
  }
}

TEST_CASE("the list of mistakes names every program, and says why there is none") {
  std::map<std::string, std::filesystem::path> programs;
  for (const auto& path : kdl_files("golden/mistakes")) {
    const std::string name = path.stem().string();
    INFO(path.string());
    CHECK(programs.emplace(name.substr(0, name.find('_')), path).second);
  }
  for (const KnownMistake& mistake : known_mistakes()) {
    INFO(mistake.id);
    const auto program = programs.find(mistake.program_prefix());
    const bool may_lack_a_program = mistake.answer == "cannot be made" || mistake.answer == "missed";
    CHECK((program != programs.end() || may_lack_a_program));
    const bool needs_reason = may_lack_a_program || mistake.answer == "accepted";
    CHECK(mistake.reason.empty() != needs_reason);
    if (program != programs.end()) {
      CHECK(program->second.parent_path().filename() == mistake.kind);
      CHECK(level_of(program->second) == expected_level(mistake));
      programs.erase(program);
    }
  }
  for (const auto& [name, path] : programs) {
    FAIL_CHECK(path.string() << " stands in no row of cases.tsv");
  }
}

TEST_CASE("the pages about causes show a wrong program, with its one message, and a right one without") {
  const auto codes_of = [](std::string_view text) {
    SourceSet sources;
    Report report;
    check_program(sources, sources.add("page.kdl", std::string(text)), report);
    std::vector<std::string> codes;
    for (const Message& message : select_messages(report, sources, {})) {
      codes.emplace_back(message.kind->code);
    }
    return codes;
  };
  for (const Page& page : all_pages()) {
    INFO(page.name);
    CHECK(codes_of(page.wrong) == std::vector<std::string>{std::string(page.code)});
    CHECK(codes_of(page.corrected).empty());
  }
}

TEST_CASE("the README counts the mistakes as the list does") {
  check_section("../README.md", "known mistakes", render_mistake_table(known_mistakes()));
}
