// Golden files: comparing, rewriting, reading.
#include "support/golden.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "catch.hpp"
#include "support/line_notes.hpp"

namespace kdlc::testing {

namespace {

namespace fs = std::filesystem;

fs::path below_tests(const fs::path& path) {
  return path.is_absolute() ? path : fs::path(KDLC_TESTS_FOLDER) / path;
}

FileContents read_file(const fs::path& path) {
  std::ifstream stream(below_tests(path), std::ios::binary);
  if (!stream) {
    return {false, "", "no such file"};
  }
  std::ostringstream text;
  text << stream.rdbuf();
  return {true, text.str(), ""};
}

/// The first line that differs, for a fault that can be read without a diff.
std::string first_difference(const std::string& expected, const std::string& actual) {
  std::istringstream expected_lines(expected);
  std::istringstream actual_lines(actual);
  std::string expected_line;
  std::string actual_line;
  for (int number = 1;; ++number) {
    const bool has_expected = static_cast<bool>(std::getline(expected_lines, expected_line));
    const bool has_actual = static_cast<bool>(std::getline(actual_lines, actual_line));
    if (!has_expected && !has_actual) {
      return "they differ in line ends";
    }
    if (has_expected != has_actual || expected_line != actual_line) {
      return "line " + std::to_string(number) + "\n  expected: " + (has_expected ? expected_line : "(end)") +
             "\n  actual:   " + (has_actual ? actual_line : "(end)");
    }
  }
}

std::vector<std::string> compare_with_file(const fs::path& expected_path, const std::string& actual, bool update) {
  if (update) {
    std::ofstream(below_tests(expected_path), std::ios::binary) << actual;
  }
  const FileContents expected = read_file(expected_path);
  if (!expected.found) {
    return {expected_path.string() + " is missing: run again with UPDATE_GOLDEN=1 and review it"};
  }
  if (expected.bytes != actual) {
    return {expected_path.string() + " differs in " + first_difference(expected.bytes, actual) + "\n--- actual:\n" +
            actual};
  }
  return {};
}

bool wants_update() {
  const char* value = std::getenv("UPDATE_GOLDEN");
  return value != nullptr && std::string(value) == "1";
}

void fail_for(const std::vector<std::string>& faults) {
  for (const std::string& fault : faults) {
    FAIL_CHECK(fault);
  }
  CHECK(faults.empty());
}

}  // namespace

std::vector<fs::path> kdl_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(below_tests(folder))) {
    if (entry.path().extension() == ".kdl") {
      files.push_back(fs::relative(entry.path(), KDLC_TESTS_FOLDER));
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> golden_faults(const fs::path& source_path, const Stage& stage, bool update) {
  const FileContents contents = read_file(source_path);
  if (!contents.found) {
    return {source_path.string() + " cannot be read"};
  }
  SourceSet sources;
  // Under its name alone, so that messages are the same wherever the tests lie.
  const SourceId source = sources.add(source_path.generic_string(), contents.bytes);
  Report report;
  std::string actual = stage(sources, source, report);
  Policy policy;
  if (contents.bytes.find("// with lints") != std::string::npos) {
    policy.wanted = {"lints"};
  }
  const std::vector<Message> messages = select_messages(report, sources, policy);
  for (const Message& message : messages) {
    actual += (actual.empty() ? "" : "\n") + render_text(message, sources, {});
  }
  std::vector<std::string> faults = compare_line_notes(sources, messages);
  fs::path expected_path = source_path;
  const std::vector<std::string> differences =
      compare_with_file(expected_path.replace_extension(".expected"), actual, update);
  faults.insert(faults.end(), differences.begin(), differences.end());
  return faults;
}

void check_golden(const fs::path& source_path, const Stage& stage) {
  INFO(source_path.string());
  fail_for(golden_faults(source_path, stage, wants_update()));
}

void check_golden_text(const fs::path& expected_path, const std::string& actual) {
  INFO(expected_path.string());
  fail_for(compare_with_file(expected_path, actual, wants_update()));
}

std::string read_test_file(const fs::path& path) {
  FileContents contents = read_file(path);
  INFO(path.string());
  REQUIRE(contents.found);
  return std::move(contents.bytes);
}

ReadFile test_file_reader() {
  return [](const std::string& path) { return read_file(path); };
}

}  // namespace kdlc::testing
