// The list of mistakes that people make in Keras, golden/mistakes/cases.tsv, and the table that the README shows of it.
#pragma once

#include <string>
#include <vector>

namespace kdlc::testing {

/// One row of the list.
struct KnownMistake {
  std::string id;      // `G01`; the program is `<kind>/g01_….kdl`
  std::string kind;    // graph, shape, argument, …
  std::string keras;   // early: refused while building, compiling or loading; late: only when run; silent: never
  std::string answer;  // error, warning, lint, note; accepted; cannot be made; missed
  std::string reason;  // of the last three

  [[nodiscard]] std::string program_prefix() const;
};

std::vector<KnownMistake> known_mistakes();

/// By kind: how many mistakes there are, how many Keras finds before anything runs, and how many kdlc finds.
std::string render_mistake_table(const std::vector<KnownMistake>& mistakes);

/// Compares the text between `<!-- NAME -->` and `<!-- end of NAME -->` of a file below tests/ with `expected`;
/// UPDATE_GOLDEN=1 rewrites it.
void check_section(const std::string& path, const std::string& name, const std::string& expected);

}  // namespace kdlc::testing
