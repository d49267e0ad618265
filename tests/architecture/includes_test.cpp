// The walls between rooms: what may include what, and what the core may not touch.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <regex>
#include <set>

#include "architecture/source_tree.hpp"
#include "catch.hpp"

using namespace kdlc::testing;

namespace {

const std::vector<std::string> kCode = {".cpp", ".hpp"};

std::vector<std::string> includes_of(const SourceText& source) {
  static const std::regex include(R"re((?:^|\n)\s*#\s*include\s*[<"]([^>"]+)[>"])re");
  std::vector<std::string> result;
  for (auto found = std::sregex_iterator(source.text.begin(), source.text.end(), include);
       found != std::sregex_iterator(); ++found) {
    result.push_back((*found)[1]);
  }
  return result;
}

bool is_one_of(const std::string& word, const std::set<std::string>& words) {
  return words.contains(word);
}

}  // namespace

TEST_CASE("a room includes only itself and rooms above it in the flow") {
  const std::vector<std::string> flow = read_flow();
  REQUIRE(flow.size() > 10);
  const auto place = [&](const std::string& room) { return std::find(flow.begin(), flow.end(), room); };
  for (const SourceText& source : read_sources("compiler", kCode)) {
    const std::string room = source.room();
    INFO(source.path.string());
    REQUIRE(place(room) != flow.end());
    for (const std::string& include : includes_of(source)) {
      const std::string other = include.substr(0, include.find('/'));
      if (include.find('/') != std::string::npos && place(other) != flow.end()) {
        INFO(include);
        CHECK(place(other) <= place(room));
      }
    }
  }
}

TEST_CASE("LLVM is known to codegen and link alone, ANTLR to syntax, CLI11 to the driver") {
  for (const SourceText& source : read_sources("compiler", kCode)) {
    INFO(source.path.string());
    for (const std::string& include : includes_of(source)) {
      INFO(include);
      if (include.starts_with("llvm/") || include.starts_with("lld/")) {
        CHECK(is_one_of(source.room(), {"codegen", "link"}));
      }
      if (include.starts_with("antlr4") || include.starts_with("Kdl")) {
        CHECK(source.room() == "syntax");
      }
      if (include.starts_with("CLI/")) {
        CHECK(source.room() == "driver");
      }
    }
  }
}

TEST_CASE("front doors are light: our types, the standard library and fmt's core") {
  for (const SourceText& source : read_sources("compiler", {".hpp"})) {
    if (source.path.stem() != source.room()) {
      continue;
    }
    INFO(source.path.string());
    for (const std::string& include : includes_of(source)) {
      INFO(include);
      const bool is_standard = include.find('.') == std::string::npos;
      const bool is_ours = std::filesystem::exists(std::filesystem::path(KDLC_PROJECT_FOLDER) / "compiler" / include);
      CHECK((is_standard || is_ours || include == "fmt/core.h"));
    }
  }
}

TEST_CASE("the core reads no files, prints nothing, asks no environment and throws nothing") {
  const std::set<std::string> edges = {"driver", "weights", "link"};
  static const std::regex forbidden(
      R"(\b(std::)?(ifstream|ofstream|fstream|cout|cerr|fopen|getenv)\b|\bthrow\b|#\s*include\s*<(iostream|fstream|cstdio)>)");
  for (const SourceText& source : read_sources("compiler", kCode)) {
    // An assertion that fails is thrown; ANTLR's own exception is how its parser is told of a mismatch, and caught in
    // that room; replace_file is how the edges write.
    static const std::set<std::string> excused = {"compiler/support/assert.cpp", "compiler/support/replace_file.cpp",
                                                  "compiler/syntax/error_strategy.cpp"};
    const bool is_excused = excused.contains(source.path.string());
    if (is_one_of(source.room(), edges) || is_excused) {
      continue;
    }
    const std::string code = without_comments_and_strings(source.text);
    std::smatch found;
    INFO(source.path.string());
    CHECK_FALSE(std::regex_search(code, found, forbidden));
  }
}

TEST_CASE("files say in their first line what they do") {
  for (const SourceText& source : read_sources("compiler", kCode)) {
    INFO(source.path.string());
    CHECK(source.text.starts_with("// "));
    CHECK(source.text.find('\n') > 15);
  }
}

TEST_CASE("configuration refuses a room that uses one below it") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / "kdlc_flow_test";
  fs::remove_all(folder);
  fs::create_directories(folder);
  // Only the function is taken: the rooms themselves do not take part.
  const SourceText rooms = read_sources("compiler", {".txt"}).front();
  REQUIRE(rooms.path == "compiler/CMakeLists.txt");
  const std::string definitions = rooms.text.substr(0, rooms.text.find("foreach(room IN ITEMS"));
  std::ofstream(folder / "empty.c") << "int empty;\n";
  const auto configures = [&](const std::string& room, const std::string& used) {
    std::ofstream(folder / "CMakeLists.txt")
        << "cmake_minimum_required(VERSION 3.25)\nproject(flow NONE)\n"
        << "function(add_library)\nendfunction()\n"
        << "function(target_include_directories)\nendfunction()\n"
        << "function(target_link_libraries)\nendfunction()\n"
        << definitions << "kdlc_room(" << room << " SOURCES empty.c USES " << used << ")\n";
    const std::string command = std::string(KDLC_CMAKE) + " -S " + folder.string() + " -B " +
                                (folder / "build").string() + " > " + (folder / "log").string() + " 2>&1";
    return std::system(command.c_str()) == 0;
  };
  CHECK(configures("plan", "graph"));
  CHECK_FALSE(configures("graph", "plan"));
  CHECK_FALSE(configures("graph", "graph"));
  CHECK_FALSE(configures("graph", "nowhere"));
  fs::remove_all(folder);
}
