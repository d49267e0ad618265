// A text with its tree and messages, for tests of syntax/.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "syntax/syntax.hpp"

namespace kdlc::syntax {

struct Parsed {
  SourceSet sources;
  Report report;
  Tree tree;

  explicit Parsed(const std::string& text) {
    const SourceId id = sources.add("test.kdl", text);
    tree = parse(sources, id, report);
  }

  /// "K100 3:28", in order of place.
  [[nodiscard]] std::vector<std::string> places() const {
    std::vector<std::string> result;
    for (const Message& message : select_messages(report, sources, {})) {
      const LineColumn place = sources.file(message.span.source).position(message.span.begin);
      result.push_back(std::string(message.kind->code) + " " + std::to_string(place.line) + ":" +
                       std::to_string(place.column));
    }
    return result;
  }

  /// The text after all edits of all messages.
  [[nodiscard]] std::string mended() const;
};

inline std::string Parsed::mended() const {
  std::vector<Edit> edits;
  for (const Message& message : report.messages()) {
    for (const Help& help : message.helps) {
      edits.insert(edits.end(), help.edits.begin(), help.edits.end());
    }
  }
  std::string text(sources.file(tree.source).text());
  std::stable_sort(edits.begin(), edits.end(),
                   [](const Edit& a, const Edit& b) { return a.span.begin > b.span.begin; });
  for (const Edit& edit : edits) {
    text.replace(edit.span.begin, edit.span.end - edit.span.begin, edit.replacement);
  }
  return text;
}

}  // namespace kdlc::syntax
