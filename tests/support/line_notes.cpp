// Notes in a test's source that say which messages are expected.
#include "support/line_notes.hpp"

#include <map>
#include <regex>
#include <tuple>

namespace kdlc::testing {

namespace {

/// file, line, level, code
using Expectation = std::tuple<std::uint32_t, std::uint32_t, std::string, std::string>;

void gather_notes(const SourceFile& file, std::uint32_t file_index, std::map<Expectation, int>& expected) {
  static const std::regex note(R"((error|warning|lint|note) (K[0-9]{3})( [+-][0-9]+)?)");
  static const std::regex note_list(R"(//\s*((?:error|warning|lint|note) K[0-9]{3}.*)$)");
  static const std::regex want(R"(//\s*want (K[0-9]{3}) ([0-9]+))");
  for (std::uint32_t line = 1; line <= file.line_count(); ++line) {
    const std::string text(file.line(line));
    std::smatch match;
    if (std::regex_search(text, match, want)) {
      ++expected[{file_index, static_cast<std::uint32_t>(std::stoul(match[2])), "error", match[1]}];
    }
    if (!std::regex_search(text, match, note_list)) {
      continue;
    }
    const std::string list = match[1];
    for (auto found = std::sregex_iterator(list.begin(), list.end(), note); found != std::sregex_iterator(); ++found) {
      const int offset = (*found)[3].matched ? std::stoi((*found)[3]) : 0;
      ++expected[{file_index, static_cast<std::uint32_t>(static_cast<int>(line) + offset), (*found)[1], (*found)[2]}];
    }
  }
}

}  // namespace

std::vector<std::string> compare_line_notes(const SourceSet& sources, const std::vector<Message>& messages) {
  std::map<Expectation, int> balance;  // notes less messages
  bool wants_errors_only = false;
  for (std::uint32_t index = 0; index < sources.size(); ++index) {
    gather_notes(sources.file(SourceId{index}), index, balance);
    wants_errors_only = wants_errors_only || sources.file(SourceId{index}).text().starts_with("// want ");
  }
  for (const Message& message : messages) {
    if (wants_errors_only && message.severity != Severity::error) {
      continue;
    }
    const bool is_placed = message.span.is_known();
    const std::uint32_t file_index = is_placed ? message.span.source.value : 0;
    const std::uint32_t line = is_placed ? sources.file(message.span.source).position(message.span.begin).line : 1;
    --balance[{file_index, line, std::string(name_of(message.severity)), std::string(message.kind->code)}];
  }
  std::vector<std::string> faults;
  for (const auto& [expectation, count] : balance) {
    const auto& [file_index, line, level, code] = expectation;
    const std::string place = sources.file(SourceId{file_index}).path() + ":" + std::to_string(line);
    if (count < 0) {
      faults.push_back(place + ": " + level + " " + code + " was reported, but no note on this line expects it");
    } else if (count > 0) {
      faults.push_back(place + ": the note expects " + level + " " + code + ", but it was not reported");
    }
  }
  return faults;
}

}  // namespace kdlc::testing
