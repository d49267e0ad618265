// The list of mistakes that people make in Keras, and the table that the README shows of it.
#include "support/known_mistakes.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "catch.hpp"
#include "support/golden.hpp"

namespace kdlc::testing {

namespace {

std::vector<std::string> split_tabs(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, '\t');) {
    fields.push_back(field);
  }
  fields.resize(5);
  return fields;
}

bool is_found(const KnownMistake& mistake) {
  return mistake.answer == "error" || mistake.answer == "warning" || mistake.answer == "lint" ||
         mistake.answer == "note";
}

struct Counts {
  int mistakes = 0;
  int found_by_keras = 0;
  int found = 0;
  int impossible = 0;
  int accepted = 0;
  int accepted_but_refused_by_keras = 0;

  void add(const KnownMistake& mistake) {
    const bool keras_refuses = mistake.keras == "early";
    if (mistake.answer == "accepted") {
      ++accepted;
      accepted_but_refused_by_keras += keras_refuses ? 1 : 0;
      return;
    }
    ++mistakes;
    found_by_keras += keras_refuses ? 1 : 0;
    found += is_found(mistake) ? 1 : 0;
    impossible += mistake.answer == "cannot be made" ? 1 : 0;
  }
};

void print_row(std::ostream& out, const std::string& kind, const Counts& counts) {
  out << "| " << kind << " | " << counts.mistakes << " | " << counts.found_by_keras << " | " << counts.found << " | "
      << counts.impossible << " |\n";
}

}  // namespace

std::string KnownMistake::program_prefix() const {
  std::string prefix = id;
  std::ranges::transform(prefix, prefix.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return prefix;
}

std::vector<KnownMistake> known_mistakes() {
  std::vector<KnownMistake> mistakes;
  std::istringstream lines(read_test_file("golden/mistakes/cases.tsv"));
  std::string line;
  std::getline(lines, line);  // names of the columns
  while (std::getline(lines, line)) {
    const std::vector<std::string> fields = split_tabs(line);
    mistakes.push_back({fields[0], fields[1], fields[2], fields[3], fields[4]});
  }
  return mistakes;
}

std::string render_mistake_table(const std::vector<KnownMistake>& mistakes) {
  std::vector<std::string> kinds;
  for (const KnownMistake& mistake : mistakes) {
    if (std::ranges::find(kinds, mistake.kind) == kinds.end()) {
      kinds.push_back(mistake.kind);
    }
  }
  std::ostringstream out;
  out << "| mistakes in | cases | Keras finds before running | kdlc finds | cannot be made in kdl |\n"
      << "| --- | --- | --- | --- | --- |\n";
  Counts total;
  for (const std::string& kind : kinds) {
    Counts counts;
    for (const KnownMistake& mistake : mistakes) {
      if (mistake.kind == kind) {
        counts.add(mistake);
        total.add(mistake);
      }
    }
    print_row(out, kind, counts);
  }
  print_row(out, "all", total);
  out << "\n"
      << total.accepted << " further programs are right; kdlc accepts each of them silently, Keras refuses "
      << total.accepted_but_refused_by_keras << ".\n";
  return out.str();
}

void check_section(const std::string& path, const std::string& name, const std::string& expected) {
  const std::string text = read_test_file(path);
  const std::string begin_mark = "<!-- " + name + " -->\n";
  const std::string end_mark = "<!-- end of " + name + " -->";
  const std::size_t mark = text.find(begin_mark);
  REQUIRE(mark != std::string::npos);
  const std::size_t begin = mark + begin_mark.size();
  const std::size_t end = text.find(end_mark, begin);
  REQUIRE(end != std::string::npos);
  check_golden_text(path, text.substr(0, begin) + expected + text.substr(end));
}

}  // namespace kdlc::testing
