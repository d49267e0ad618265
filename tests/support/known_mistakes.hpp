// The list of mistakes that people make in Keras, golden/mistakes/cases.tsv, and the table that the README shows of it.
#pragma once

#include <map>
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

/// Programs without a mistake: the accepted ones, and mistaken ones as they should have been written.
struct RightPrograms {
  int count = 0;
  int false_alarms = 0;  // programs that get an error or a warning all the same
};

/// The program as it should have been written: lines of comment `// right: …` replace the line behind them, and notes
/// of expected messages go. The text itself when it has none of those lines.
std::string corrected(const std::string& text);

/// By kind: how many mistakes there are, how many Keras finds before anything runs, how many kdlc finds, and what it
/// says of right programs.
std::string render_mistake_table(const std::vector<KnownMistake>& mistakes,
                                 const std::map<std::string, RightPrograms>& right);

/// Compares the text between `<!-- NAME -->` and `<!-- end of NAME -->` of a file below tests/ with `expected`;
/// UPDATE_GOLDEN=1 rewrites it.
void check_section(const std::string& path, const std::string& name, const std::string& expected);

}  // namespace kdlc::testing
