// The source tree as text, for tests of its rules.
#include "architecture/source_tree.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace kdlc::testing {

namespace {

namespace fs = std::filesystem;

std::string read_whole(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace

std::string SourceText::room() const {
  auto part = path.begin();
  if (part == path.end() || *part != "compiler") {
    return "";
  }
  ++part;
  return part == path.end() || std::next(part) == path.end() ? "" : part->string();
}

std::vector<SourceText> read_sources(const std::string& folder, const std::vector<std::string>& endings) {
  std::vector<SourceText> sources;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(KDLC_PROJECT_FOLDER) / folder)) {
    if (std::find(endings.begin(), endings.end(), entry.path().extension().string()) != endings.end()) {
      sources.push_back({fs::relative(entry.path(), KDLC_PROJECT_FOLDER), read_whole(entry.path())});
    }
  }
  std::sort(sources.begin(), sources.end(),
            [](const SourceText& left, const SourceText& right) { return left.path < right.path; });
  return sources;
}

std::vector<std::string> read_flow() {
  const std::string text = read_whole(fs::path(KDLC_PROJECT_FOLDER) / "compiler/CMakeLists.txt");
  const std::size_t begin = text.find("set(KDLC_FLOW ") + 14;
  std::istringstream words(text.substr(begin, text.find(')', begin) - begin));
  std::vector<std::string> flow;
  for (std::string word; words >> word;) {
    flow.push_back(word);
  }
  return flow;
}

std::string without_comments_and_strings(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto skip_to = [&](const std::string& end, std::size_t from) {
      const std::size_t found = text.find(end, from);
      at = found == std::string::npos ? text.size() : found + end.size();
    };
    if (text.compare(at, 2, "//") == 0) {
      const std::size_t found = text.find('\n', at);
      at = found == std::string::npos ? text.size() : found;
    } else if (text.compare(at, 2, "/*") == 0) {
      skip_to("*/", at + 2);
    } else if (text.compare(at, 2, "R\"") == 0) {
      const std::size_t open = text.find('(', at);
      skip_to(")" + text.substr(at + 2, open - at - 2) + "\"", open);
    } else if (text[at] == '"') {
      for (++at; at < text.size() && text[at] != '"'; ++at) {
        at += text[at] == '\\' ? 1U : 0U;
      }
      ++at;
    } else if (text.compare(at, 3, "'\"'") == 0) {
      at += 3;
    } else {
      result += text[at++];
    }
  }
  return result;
}

}  // namespace kdlc::testing
