// The source tree as text, for tests of its rules.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kdlc::testing {

struct SourceText {
  std::filesystem::path path;  // relative to the project
  std::string text;

  /// The room of a file below compiler/, or "".
  [[nodiscard]] std::string room() const;
};

/// Files below a folder of the project with one of these endings, sorted.
std::vector<SourceText> read_sources(const std::string& folder, const std::vector<std::string>& endings);

/// KDLC_FLOW of compiler/CMakeLists.txt.
std::vector<std::string> read_flow();

/// The text without comments and string literals, so that words in them are not taken for code.
std::string without_comments_and_strings(const std::string& text);

}  // namespace kdlc::testing
