// Checks a text and keeps what came of it.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "check/check.hpp"
#include "support/golden.hpp"
#include "syntax/syntax.hpp"

namespace kdlc::testing {

struct CheckedText {
  SourceSet sources;
  Report report;
  syntax::Tree tree;
  std::optional<check::CheckedModel> model;

  /// Codes of errors, then warnings, in order of place; notes are left out.
  [[nodiscard]] std::vector<std::string> codes() const {
    std::vector<std::string> found;
    for (const Message& message : select_messages(report, sources, {})) {
      if (message.severity != Severity::note) {
        found.emplace_back(message.kind->code);
      }
    }
    return found;
  }
  /// All messages as a person sees them.
  [[nodiscard]] std::string rendered() const {
    std::string text;
    for (const Message& message : select_messages(report, sources, {})) {
      text += render_text(message, sources, {}) + "\n";
    }
    return text;
  }
};

inline void check_into(CheckedText& checked, const std::string& path, std::string text, check::Options options = {}) {
  const SourceId source = checked.sources.add(path, std::move(text));
  checked.tree = syntax::parse(checked.sources, source, checked.report);
  checked.model = check::check(checked.tree, checked.sources, options, checked.report);
}

}  // namespace kdlc::testing
