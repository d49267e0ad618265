// Objects become executables that need nothing, and what is missing for that is named with its package.
#include <cstdlib>

#include "catch.hpp"
#include "link/link.hpp"
#include "link/link_inputs.hpp"
#include "link/run_program.hpp"
#include "weights/weight_files.hpp"

using namespace kdlc;
using namespace kdlc::test;

namespace {

link::ExecutableOptions options_for(const std::string& triple, const std::string& path) {
  link::ExecutableOptions options;
  options.target.triple = triple;
  options.prefix = "share";
  options.output_path = path;
  return options;
}

const std::string kOwnTriple =
#if defined(__aarch64__)
    "aarch64-linux-gnu";
#else
    "x86_64-linux-gnu";
#endif

std::size_t count_entries(const std::string& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

/// $PATH for the time of a test.
class Path {
public:
  explicit Path(const std::string& path) : before_(std::getenv("PATH")) { ::setenv("PATH", path.c_str(), 1); }
  ~Path() { ::setenv("PATH", before_.c_str(), 1); }
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;

private:
  std::string before_;
};

void check_executable(const TemporaryFolder& folder, const std::string& path, const std::vector<std::string>& runner) {
  const std::string bytes = contents_of(path);
  CHECK(bytes.substr(0, 4) ==
        "\x7f"
        "ELF");
  CHECK(bytes[16] == 3);                                      // ET_DYN: position-independent
  CHECK(bytes.find("/lib64/ld-linux") == std::string::npos);  // no interpreter
  CHECK(bytes.find(folder.file("")) == std::string::npos);    // no path of this machine
  std::vector<std::string> command = runner;
  command.insert(command.end(), {path, folder.write("x.csv", "1,2,3,4\n")});
  const link::ProgramResult result = link::run_program(command);
  CHECK(result.words == "probs = class 3 (40.00 %)\ntotal = 10\n");
  CHECK(result.exit_code == 0);
}

}  // namespace

TEST_CASE("an executable is static, position-independent, the same every time, and runs") {
  const TemporaryFolder folder;
  Report report;
  REQUIRE(
      link::link_executable(contents_of(KDLC_SAMPLE_OBJECT), options_for(kOwnTriple, folder.file("share")), report));
  CHECK(report.size() == 0);
  CHECK(count_entries(folder.file("")) == 1);
  const std::string first = contents_of(folder.file("share"));
  check_executable(folder, folder.file("share"), {});
  REQUIRE(
      link::link_executable(contents_of(KDLC_SAMPLE_OBJECT), options_for(kOwnTriple, folder.file("share")), report));
  CHECK(contents_of(folder.file("share")) == first);
}

TEST_CASE("without lld the C compiler links") {
  const TemporaryFolder folder;
  const TemporaryFolder programs;
  for (const char* name : {"cc", "ld", "as"}) {
    std::filesystem::create_symlink(std::string("/usr/bin/") + name, programs.file(name));
  }
  const Path path(programs.file(""));
  Report report;
  REQUIRE(
      link::link_executable(contents_of(KDLC_SAMPLE_OBJECT), options_for(kOwnTriple, folder.file("share")), report));
  check_executable(folder, folder.file("share"), {});
}

TEST_CASE("a missing linker is told with its package, and nothing is left behind") {
  const TemporaryFolder folder;
  const Path path("/nowhere");
  Report report;
  CHECK_FALSE(
      link::link_executable(contents_of(KDLC_SAMPLE_OBJECT), options_for(kOwnTriple, folder.file("share")), report));
  CHECK(text_of(report) ==
        "K954 no linker for `" + kOwnTriple + "` was found\n  help: on Debian and Ubuntu: `apt install lld-19`\n");
  CHECK(count_entries(folder.file("")) == 0);
}

TEST_CASE("objects that do not link are told with the linker's words, and nothing is left behind") {
  const TemporaryFolder folder;
  Report report;
  CHECK_FALSE(link::link_executable("no object", options_for(kOwnTriple, folder.file("share")), report));
  CHECK(text_of(report).find("K956 `") == 0);
  CHECK(text_of(report).find("model.o") != std::string::npos);
  CHECK(count_entries(folder.file("")) == 0);
}

TEST_CASE("outputs that cannot be written and targets without runtime are told") {
  const TemporaryFolder folder;
  Report report;
  CHECK_FALSE(link::link_executable("", options_for(kOwnTriple, folder.file("no/share")), report));
  CHECK_FALSE(link::link_executable("", options_for(kOwnTriple, folder.file("")), report));
  CHECK_FALSE(link::link_executable("", options_for("mips-linux-gnu", folder.file("x")), report));
  CHECK(text_of(report) == "K953 cannot write `" + folder.file("no/share") + "`: No such file or directory\n" +
                               "K953 cannot write `" + folder.file("") + "`: it is a folder\n" +
                               "K963 this kdlc makes no executables for `mips-linux-gnu`, only objects\n"
                               "  help: `--emit obj` gives the object and its header\n");
}

TEST_CASE("an executable for another architecture runs under an emulator") {
  const auto compiler = link::find_program("aarch64-linux-gnu-gcc", "");
  const auto emulator = link::find_program("qemu-aarch64", "");
  if (!compiler || !emulator || kOwnTriple == "aarch64-linux-gnu") {
    WARN("not on this machine: aarch64-linux-gnu-gcc and qemu-aarch64");
    return;
  }
  const TemporaryFolder folder;
  const std::string source = std::string(KDLC_TESTS_FOLDER) + "/unit/runtime/sample_models.c";
  const link::ProgramResult compiled =
      link::run_program({*compiler, "-std=c99", "-O2", "-fPIE", "-I", std::string(KDLC_PROJECT_FOLDER) + "/runtime",
                         "-c", source, "-o", folder.file("share.o")});
  REQUIRE(compiled.words.empty());
  Report report;
  REQUIRE(link::link_executable(contents_of(folder.file("share.o")),
                                options_for("aarch64-linux-gnu", folder.file("share")), report));
  check_executable(folder, folder.file("share"), {*emulator});
}
