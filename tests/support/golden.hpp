// Golden files: a source `name.kdl` and beside it `name.expected`, what a stage makes of it.
//
//   TEST_CASE("goldens of the checker") {
//     for (const auto& path : kdlc::testing::kdl_files("golden/check")) {
//       kdlc::testing::check_golden(path, [](SourceSet& sources, SourceId source, Report& report) { return dump of it;
//       });
//     }
//   }
//
// `UPDATE_GOLDEN=1 ctest …` rewrites the .expected files; the line notes (line_notes.hpp) are checked all the same.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "support/file_access.hpp"

namespace kdlc::testing {

/// Runs a stage on a source and returns its dump; messages go to the report. Imports may be added to `sources`.
using Stage = std::function<std::string(SourceSet& sources, SourceId source, Report& report)>;

/// All .kdl files below a folder (relative to tests/, or absolute), sorted.
std::vector<std::filesystem::path> kdl_files(const std::filesystem::path& folder);

/// What is wrong with a golden: messages without a note, notes without a message, and a difference between the
/// .expected file and the stage's dump followed by the messages as text. With `update` the file is written first. The
/// line `// with lints` in the source shows lints too.
std::vector<std::string> golden_faults(const std::filesystem::path& source_path, const Stage& stage, bool update);

/// golden_faults as failures of the running test; UPDATE_GOLDEN=1 in the environment rewrites.
void check_golden(const std::filesystem::path& source_path, const Stage& stage);

/// Compares a text with a file, as check_golden does.
void check_golden_text(const std::filesystem::path& expected_path, const std::string& actual);

/// The whole file; fails the running test when it cannot be read. Relative paths are below tests/.
std::string read_test_file(const std::filesystem::path& path);

/// Reads files below tests/ for imports, by paths as they stand in a SourceSet of check_golden.
ReadFile test_file_reader();

}  // namespace kdlc::testing
