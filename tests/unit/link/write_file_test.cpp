// Results are written whole or not at all.
#include <sys/stat.h>

#include "catch.hpp"
#include "link/link.hpp"
#include "weights/weight_files.hpp"

using namespace kdlc;
using namespace kdlc::test;

TEST_CASE("a file is written, replaced, and executable where asked") {
  const TemporaryFolder folder;
  Report report;
  CHECK(link::write_file(folder.file("x"), "one", false, report));
  CHECK(link::write_file(folder.file("x"), "two", true, report));
  CHECK(contents_of(folder.file("x")) == "two");
  struct stat status{};
  ::stat(folder.file("x").c_str(), &status);
  CHECK((status.st_mode & 0111) != 0);
  CHECK(link::write_file("/dev/null", "x", false, report));
  CHECK(report.size() == 0);
}

TEST_CASE("what cannot be written is told, and the old file stays") {
  const TemporaryFolder folder;
  Report report;
  CHECK_FALSE(link::write_file(folder.file("no/x"), "one", false, report));
  CHECK_FALSE(link::write_file(folder.file(""), "one", false, report));
  CHECK_FALSE(link::write_file("/dev/full", "one", false, report));
  CHECK(text_of(report) == "K953 cannot write `" + folder.file("no/x") + "`: No such file or directory\n" +
                               "K953 cannot write `" + folder.file("") + "`: Is a directory\n" +
                               "K953 cannot write `/dev/full`: No space left on device\n");
  CHECK(std::filesystem::is_empty(folder.file("")));
}
