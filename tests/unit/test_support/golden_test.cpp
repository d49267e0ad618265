// Golden files: what is compared, what is rewritten, and what cannot be blessed away.
#include "support/golden.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "catch.hpp"

using namespace kdlc;
namespace fs = std::filesystem;

namespace {

constexpr TypedDiagnostic<> kError{{"K314", "broadcast-mismatch", Severity::error, "an error", "…", ""}};

/// A folder of its own, removed at the end.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("kdlc_golden_test." + std::to_string(getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return path / name;
  }
};

std::string quiet_stage(SourceSet&, SourceId, Report&) {
  return "a dump\n";
}
std::string failing_stage(SourceSet&, SourceId source, Report& report) {
  report.add(Span{source, 0, 1}, kError);
  return "";
}

}  // namespace

TEST_CASE("a dump that equals its file is fine, another is a fault") {
  const Folder folder;
  const fs::path source = folder.write("a.kdl", "x\n");
  CHECK(testing::golden_faults(source, quiet_stage, false).size() == 1);  // no file yet
  CHECK(testing::golden_faults(source, quiet_stage, true).empty());
  CHECK(testing::golden_faults(source, quiet_stage, false).empty());
  CHECK(testing::read_test_file(folder.path / "a.expected") == "a dump\n");
  static_cast<void>(folder.write("a.expected", "another dump\n"));
  CHECK(testing::golden_faults(source, quiet_stage, false).size() == 1);
}

TEST_CASE("a message without a note cannot be blessed away") {
  const Folder folder;
  const fs::path source = folder.write("a.kdl", "x\n");
  CHECK(testing::golden_faults(source, failing_stage, true).size() == 1);
  CHECK(testing::golden_faults(source, failing_stage, false).size() == 1);
}

TEST_CASE("a note without a message cannot be blessed away") {
  const Folder folder;
  const fs::path source = folder.write("a.kdl", "x // error K314\n");
  CHECK(testing::golden_faults(source, failing_stage, true).empty());
  CHECK(testing::golden_faults(source, quiet_stage, true).size() == 1);
}

TEST_CASE("sources of a folder are found in order, also in folders within") {
  const Folder folder;
  static_cast<void>(folder.write("b.kdl", ""));
  static_cast<void>(folder.write("a.kdl", ""));
  static_cast<void>(folder.write("a.expected", ""));
  fs::create_directory(folder.path / "c");
  static_cast<void>(folder.write("c/d.kdl", ""));
  const auto files = testing::kdl_files(folder.path);
  REQUIRE(files.size() == 3);
  CHECK(files[0].filename() == "a.kdl");
  CHECK(files[2].filename() == "d.kdl");
}
