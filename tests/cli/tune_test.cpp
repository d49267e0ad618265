// --tune and --tune-cache: measured once, kept, used where asked for, and the same results.
#include <algorithm>

#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

namespace {

const std::string kModel = R"(kdl 1
model Small {
  input image: f32[N, 12, 12, 8]
  output y = image -> conv2d(24, 3, padding: same) as conv -> relu -> conv2d(20, 1) as point -> flatten -> dense(40) as head
}
)";

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("a tuned model computes the same, and measures only what is new") {
  const ScratchFolder folder;
  const std::string path = folder.write("small.kdl", kModel);
  std::vector<float> image;
  for (int index = 0; index < 12 * 12 * 8; ++index) {
    image.push_back(static_cast<float>(index % 19) / 8 - 1);
  }
  const std::string input = "image=" + folder.write("image.npy", npy("(1, 12, 12, 8)", image));
  const auto run = [&](const std::string& result, std::vector<std::string> more) {
    std::vector<std::string> words = {
        "run", path, "--weights", "random:1", "--strict", "--input", input, "--output", "y=" + folder.path(result)};
    words.insert(words.end(), more.begin(), more.end());
    return call_kdlc(words);
  };
  const std::string cache = folder.path("choices");
  REQUIRE(run("plain.npy", {}).exit_code == 0);
  const Outcome tuned = run("tuned.npy", {"--tune", "--tune-cache", cache});
  INFO(tuned.err);
  REQUIRE(tuned.exit_code == 0);
  // Strict: whatever was chosen, the bits are the same.
  CHECK(folder.read("tuned.npy") == folder.read("plain.npy"));
  const std::string first = folder.read("choices");
  CHECK(first.starts_with("kdlc choices 1\n"));
  CHECK(lines_of(first) > 3);
  REQUIRE(run("again.npy", {"--tune", "--tune-cache", cache}).exit_code == 0);
  CHECK(folder.read("choices") == first);
  REQUIRE(run("read.npy", {"--tune-cache", cache}).exit_code == 0);
  CHECK(folder.read("read.npy") == folder.read("plain.npy"));
}

TEST_CASE("build --report says what was measured, and a build from the same file gives the same bytes") {
  const ScratchFolder folder;
  const std::string path = folder.write("small.kdl", kModel);
  const std::string cache = folder.path("choices");
  const auto build = [&](const std::string& result, std::vector<std::string> more) {
    std::vector<std::string> words = {"build",  path,  "--weights", "random:1",
                                      "--emit", "obj", "-o",        folder.path(result)};
    words.insert(words.end(), more.begin(), more.end());
    return call_kdlc(words);
  };
  REQUIRE(build("plain.o", {"--report"}).out.find("measured") == std::string::npos);
  const Outcome tuned = build("tuned.o", {"--report", "--tune", "--tune-cache", cache});
  INFO(tuned.err);
  REQUIRE(tuned.exit_code == 0);
  CHECK(contains(tuned.out, "measured"));
  REQUIRE(build("read.o", {"--tune-cache", cache}).exit_code == 0);
  CHECK(folder.read("read.o") == folder.read("tuned.o"));
  REQUIRE(build("after.o", {}).exit_code == 0);
  CHECK(folder.read("after.o") == folder.read("plain.o"));
}

TEST_CASE("--tune is refused for another processor, and --tune-cache for a file that is not there or not one") {
  const ScratchFolder folder;
  const std::string path = folder.write("small.kdl", kModel);
  const auto build = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"build",  path,  "--weights", "external",
                                      "--emit", "obj", "-o",        folder.path("small.o")};
    words.insert(words.end(), more.begin(), more.end());
    return call_kdlc(words);
  };
  const Outcome elsewhere = build({"--tune", "--target", "aarch64-linux-gnu"});
  CHECK(elsewhere.exit_code == 2);
  CHECK(contains(elsewhere.err,
                 "error[K968]: `--tune` is about this machine, but the code is for `generic` of `aarch64-linux-gnu`"));
  const Outcome missing = build({"--tune-cache", folder.path("none")});
  CHECK(missing.exit_code == 3);
  CHECK(contains(missing.err, "error[K005]"));
  CHECK(contains(missing.err, "`--tune` measures and writes it"));
  const std::string broken = folder.write("broken", "kdlc choices 1\nsomething\n");
  const Outcome refused = build({"--tune", "--tune-cache", broken});
  CHECK(refused.exit_code == 3);
  CHECK(contains(refused.err, "error[K967]"));
  CHECK(contains(refused.err, "broken:2:1"));
  CHECK(folder.read("broken") == "kdlc choices 1\nsomething\n");
  CHECK_FALSE(folder.has("small.o"));
}
