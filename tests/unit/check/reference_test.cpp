// Every example of the reference (grammar/README.md) is what it claims: right, or wrong in the way it names.
//
//   ```kdl                      a whole file without errors and warnings
//   ```kdl error K311           a whole file with exactly these messages
//   ```kdl in x: f32[N, 8]      the body of a model with these inputs
//   ```kdl file blocks.kdl      a file that later examples import
#include <fstream>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "catch.hpp"
#include "unit/check/check_text.hpp"

namespace kdlc {
namespace {

struct Example {
  std::size_t line = 0;            // of the opening fence
  std::vector<std::string> words;  // behind ```kdl
  std::string text;

  [[nodiscard]] bool has(const std::string& word) const { return !words.empty() && words.front() == word; }
};

std::vector<Example> read_examples() {
  std::ifstream file(std::string(KDLC_PROJECT_FOLDER) + "/grammar/README.md");
  std::vector<Example> examples;
  bool is_inside = false;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (!is_inside && line.starts_with("```kdl")) {
      Example& example = examples.emplace_back();
      example.line = number;
      std::istringstream words(line.substr(6));
      for (std::string word; words >> word;) {
        example.words.push_back(word);
      }
      is_inside = true;
    } else if (is_inside && line == "```") {
      is_inside = false;
    } else if (is_inside) {
      examples.back().text += line + "\n";
    }
  }
  return examples;
}

/// The body of a model as a whole file.
std::string as_file(const Example& example) {
  const std::vector<std::string> inputs(example.words.begin() + 1, example.words.end());
  return fmt::format("kdl 1\nmodel M {{\n  input {}\n{}}}\n", fmt::join(inputs, " "), example.text);
}

}  // namespace

TEST_CASE("every example of the reference is what it claims") {
  const std::vector<Example> examples = read_examples();
  REQUIRE(examples.size() > 30);
  std::map<std::string, std::string> files;
  check::Options options;
  options.code_needed = check::CodeNeeded::nothing;
  options.read_file = [&files](const std::string& path) {
    const auto found = files.find(path);
    return found == files.end() ? FileContents{false, "", "no such example"} : FileContents{true, found->second, ""};
  };
  for (const Example& example : examples) {
    if (example.has("file")) {
      files[example.words.at(1)] = example.text;
    }
    std::vector<std::string> wanted;
    if (example.has("error")) {
      wanted.assign(example.words.begin() + 1, example.words.end());
    }
    testing::CheckedText checked;
    check_into(checked, "example.kdl", example.has("in") ? as_file(example) : example.text, options);
    INFO("grammar/README.md:" << example.line << "\n" << checked.rendered());
    CHECK(checked.codes() == wanted);
    CHECK(checked.tree.declarations.size() > 0);
  }
}

TEST_CASE("links of the reference lead somewhere") {
  std::ifstream file(std::string(KDLC_PROJECT_FOLDER) + "/grammar/README.md");
  std::vector<std::string> headings;
  std::vector<std::string> anchors;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) {
      std::string heading;
      for (const char letter : line.substr(line.find(' ') + 1)) {
        if (std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-') {
          heading += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
        } else if (letter == ' ') {
          heading += '-';
        }
      }
      headings.push_back(heading);
    }
    for (std::size_t place = line.find("](#"); place != std::string::npos; place = line.find("](#", place + 1)) {
      anchors.push_back(line.substr(place + 3, line.find(')', place) - place - 3));
    }
  }
  REQUIRE(anchors.size() > 10);
  for (const std::string& anchor : anchors) {
    INFO(anchor);
    CHECK(std::find(headings.begin(), headings.end(), anchor) != headings.end());
  }
}

}  // namespace kdlc
