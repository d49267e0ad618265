// Every diagnostic is explained, used by the code, and exercised by a test.
#include <map>
#include <regex>
#include <set>

#include "architecture/source_tree.hpp"
#include "catch.hpp"
#include "diagnostics/kinds.hpp"

using namespace kdlc;
using namespace kdlc::testing;

namespace {

/// Identifier by code: `BroadcastMismatch` of K314.
std::map<std::string, std::string> identifiers_by_code() {
  static const std::regex row(R"(DIAGNOSTIC\((K[0-9]{3}),\s*([A-Za-z0-9]+))");
  std::map<std::string, std::string> identifiers;
  for (const SourceText& source : read_sources("compiler/diagnostics", {".def"})) {
    for (auto found = std::sregex_iterator(source.text.begin(), source.text.end(), row);
         found != std::sregex_iterator(); ++found) {
      identifiers[(*found)[1]] = (*found)[2];
    }
  }
  return identifiers;
}

/// Codes that no test can raise, each with its reason.
const std::map<std::string, std::string>& unexercised() {
  static const std::map<std::string, std::string> reasons = {
      {"K903", "needs more than a gigabyte of weights"},
      {"K955", "needs a machine without the files of its C library"},
      {"K961", "kdlc makes objects that load; only a bug of its own could raise it"},
  };
  return reasons;
}

}  // namespace

TEST_CASE("every row of the tables is used by the compiler") {
  std::string code;
  for (const SourceText& source : read_sources("compiler", {".cpp", ".hpp", ".in"})) {
    code += without_comments_and_strings(source.text);
  }
  std::set<std::string> used;
  static const std::regex use(R"(diag::([A-Za-z0-9]+))");
  for (auto found = std::sregex_iterator(code.begin(), code.end(), use); found != std::sregex_iterator(); ++found) {
    used.insert((*found)[1]);
  }
  for (const auto& [row, identifier] : identifiers_by_code()) {
    INFO(row << " " << identifier);
    CHECK(used.contains(identifier));
  }
}

TEST_CASE("every row is exercised by a golden, unit or command line test, or there is a reason why not") {
  std::string tests;
  for (const SourceText& source : read_sources("tests", {".cpp", ".kdl", ".expected", ".py"})) {
    if (source.path != "tests/architecture/diagnostics_test.cpp") {
      tests += source.text;
    }
  }
  for (const auto& [row, identifier] : identifiers_by_code()) {
    INFO(row << " " << identifier);
    const DiagnosticKind* kind = find_diagnostic(row);
    REQUIRE(kind != nullptr);
    const bool has_example = !kind->example.empty();  // compiled by the example test
    const bool is_named =
        tests.find(row) != std::string::npos || tests.find("diag::" + identifier) != std::string::npos;
    CHECK((has_example || is_named || unexercised().contains(row)));
  }
}
