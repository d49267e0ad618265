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

enum class WeightsFile { must_be_there, may_be_missing };

/// What `kdlc check` does with a file, from within tests/, so that messages name weight files alike wherever that lies:
/// the text, the model, and its weights file.
void check_program(SourceSet& sources, SourceId source, Report& report,
                   WeightsFile weights_file = WeightsFile::must_be_there) {
  std::filesystem::current_path(KDLC_TESTS_FOLDER);
  const syntax::Tree tree = syntax::parse(sources, source, report);
  const auto model =
      check::check(tree, sources, {.code_needed = check::CodeNeeded::nothing, .read_file = test_file_reader()}, report);
  if (!model.has_value() || !model->weights.has_value()) {
    return;
  }
  const std::filesystem::path folder = std::filesystem::path(sources.file(source).path()).parent_path();
  const std::filesystem::path file = folder / model->weights->path;
  const bool is_there = !model->weights->path.empty() && std::filesystem::exists(file);
  REQUIRE((is_there || weights_file == WeightsFile::may_be_missing || model->weights->path.empty()));
  if (is_there) {
    static_cast<void>(weights::load_weights(model->graph, file.string(), binding_of(*model->weights), report));
  }
}

/// What `kdlc check` says of a text at the levels it asks for, or at the default level.
std::vector<Message> messages_of(SourceSet& sources, const std::filesystem::path& path, const std::string& text,
                                 WeightsFile weights_file = WeightsFile::must_be_there) {
  const SourceId source = sources.add(path.generic_string(), text);
  Report report;
  check_program(sources, source, report, weights_file);
  Policy policy;
  if (text.find("// with lints") != std::string::npos) {
    policy.wanted = {"lints"};
  }
  return select_messages(report, sources, policy);
}

/// Errors, warnings, and lints that were asked for, rendered: none of a right program.
std::string alarms_of(const std::filesystem::path& path, const std::string& text) {
  SourceSet sources;
  std::string alarms;
  for (const Message& message : messages_of(sources, path, text, WeightsFile::may_be_missing)) {
    alarms += message.severity == Severity::note ? "" : render_text(message, sources, {});
  }
  return alarms;
}

/// The severest level that the program's messages have at the levels it asks for; "accepted" when there is none.
std::string level_of(const std::filesystem::path& program) {
  SourceSet sources;
  const std::vector<Message> messages = messages_of(sources, program, read_test_file(program));
  const auto severest = std::ranges::min_element(messages, {}, &Message::severity);
  return severest == messages.end() ? "accepted" : std::string(name_of(severest->severity));
}

std::string expected_level(const KnownMistake& mistake) {
  return mistake.answer == "cannot be made" ? "accepted" : mistake.answer;
}

/// The right programs by kind of mistake, and the samples and examples.
std::map<std::string, std::vector<std::pair<std::filesystem::path, std::string>>> right_programs() {
  std::map<std::string, std::vector<std::pair<std::filesystem::path, std::string>>> programs;
  std::map<std::string, const KnownMistake*> rows;
  const std::vector<KnownMistake> mistakes = known_mistakes();
  for (const KnownMistake& mistake : mistakes) {
    rows[mistake.program_prefix()] = &mistake;
  }
  for (const auto& path : kdl_files("golden/mistakes")) {
    const std::string name = path.stem().string();
    const auto row = rows.find(name.substr(0, name.find('_')));
    const std::string text = read_test_file(path);
    const bool is_right = row != rows.end() && expected_level(*row->second) == "accepted";
    if (is_right || corrected(text) != text) {
      programs[path.parent_path().filename()].emplace_back(path, corrected(text));
    }
  }
  for (const char* folder : {"golden/right", "golden/samples", "../examples"}) {
    for (const auto& path : kdl_files(folder)) {
      programs["samples"].emplace_back(path, read_test_file(path));
    }
  }
  return programs;
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

TEST_CASE("a mistake is told once: what follows from it is quiet") {
  for (const auto& path : kdl_files("golden/mistakes")) {
    SourceSet sources;
    INFO(path.string());
    CHECK(messages_of(sources, path, read_test_file(path)).size() <= 1);
  }
}

TEST_CASE("right programs are silent: accepted ones, corrected ones, samples and examples") {
  for (const auto& [kind, programs] : right_programs()) {
    for (const auto& [path, text] : programs) {
      INFO(path.string() << "\n" << text);
      CHECK(alarms_of(path, text).empty());
    }
  }
}

TEST_CASE("the README counts the mistakes as the list does") {
  std::map<std::string, RightPrograms> right;
  for (const auto& [kind, programs] : right_programs()) {
    right[kind].count = static_cast<int>(programs.size());
    right[kind].false_alarms = static_cast<int>(std::ranges::count_if(
        programs, [](const auto& program) { return !alarms_of(program.first, program.second).empty(); }));
  }
  check_section("../README.md", "known mistakes", render_mistake_table(known_mistakes(), right));
}
