// The list of mistakes that people make in Keras, and the table that the README shows of it.
#include "support/known_mistakes.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

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

void print_row(std::ostream& out, const std::string& kind, const Counts& counts, const RightPrograms& right) {
  out << "| " << kind << " | " << counts.mistakes << " | " << counts.found_by_keras << " | " << counts.found << " | "
      << counts.impossible << " | " << right.count << " | " << right.false_alarms << " |\n";
}

/// Whether the line is `// right: …`, and what stands behind it, with the line's own indentation.
std::optional<std::string> right_line(const std::string& line) {
  constexpr std::string_view kMark = "// right:";
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == std::string::npos || line.compare(begin, kMark.size(), kMark) != 0) {
    return std::nullopt;
  }
  std::string text = line.substr(begin + kMark.size());
  return text.empty() ? text : line.substr(0, begin) + text.substr(1);
}

std::string without_note(const std::string& line) {
  for (const std::string_view level : {"  // error K", "  // warning K", "  // lint K", "  // note K"}) {
    if (const std::size_t note = line.find(level); note != std::string::npos) {
      return line.substr(0, note);
    }
  }
  return line;
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

std::string corrected(const std::string& text) {
  std::string result;
  bool replaces_next = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::optional<std::string> right = right_line(line);
    if (right) {
      result += right->empty() ? "" : *right + "\n";
    } else if (!replaces_next) {
      result += without_note(line) + "\n";
    }
    replaces_next = right.has_value();
  }
  return text.find("// right:") == std::string::npos ? text : result;
}

std::string render_mistake_table(const std::vector<KnownMistake>& mistakes,
                                 const std::map<std::string, RightPrograms>& right) {
  std::vector<std::string> kinds;
  for (const KnownMistake& mistake : mistakes) {
    if (std::ranges::find(kinds, mistake.kind) == kinds.end()) {
      kinds.push_back(mistake.kind);
    }
  }
  std::ostringstream out;
  out << "| mistakes in | cases | Keras finds before running | kdlc finds | cannot be made in kdl | right programs | "
         "false alarms |\n"
      << "| --- | --- | --- | --- | --- | --- | --- |\n";
  Counts total;
  RightPrograms all_right;
  for (const auto& [kind, programs] : right) {
    all_right.count += programs.count;
    all_right.false_alarms += programs.false_alarms;
  }
  for (const std::string& kind : kinds) {
    Counts counts;
    for (const KnownMistake& mistake : mistakes) {
      if (mistake.kind == kind) {
        counts.add(mistake);
        total.add(mistake);
      }
    }
    const auto of_kind = right.find(kind);
    print_row(out, kind, counts, of_kind == right.end() ? RightPrograms{} : of_kind->second);
  }
  if (const auto samples = right.find("samples"); samples != right.end()) {
    out << "| samples and examples | | | | | " << samples->second.count << " | " << samples->second.false_alarms
        << " |\n";
  }
  print_row(out, "all", total, all_right);
  out << "\n"
      << "Right programs are the mistaken ones as they should have been written, the samples and examples, and "
      << total.accepted << " cases that are right as they stand, of which Keras refuses "
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
