// Models that keep states on the command line: --streams, runs and executables on several calls, tests, evaluation.
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

namespace {

/// A model that hears `steps` steps at a time, or all of them.
std::string ear(const std::string& stateful, const std::string& steps = "3") {
  const std::string dim = steps == "T" ? "  dim T <= 12\n" : "";
  return "kdl 1\nmodel Ear {\n" + dim + "  input x: f32[N, " + steps +
         ", 2]\n  output y = x -> lstm(4, sequences: true, stateful: " + stateful +
         ") as cell\n"
         "  train {\n    target wanted: f32[N, " +
         steps + ", 4]\n    loss mse(y, wanted)\n  }\n";
}

std::vector<float> numbers(std::size_t count) {
  std::vector<float> values;
  for (std::size_t index = 0; index < count; ++index) {
    values.push_back(std::sin(static_cast<float>(index * index)));
  }
  return values;
}

/// A folder with models that do and do not remember, and twelve steps as four samples of three, or as one of twelve.
struct Case {
  ScratchFolder folder;
  Case() {
    folder.write("ear.kdl", ear("true") + "}\n");
    folder.write("plain.kdl", ear("false") + "}\n");
    folder.write("long.kdl", ear("false", "T") + "}\n");
    folder.write("x.npy", npy("(4, 3, 2)", numbers(24)));
    folder.write("long.npy", npy("(1, 12, 2)", numbers(24)));
  }
  [[nodiscard]] Outcome kdlc(std::vector<std::string> words) const {
    return run_kdlc({.words = std::move(words), .folder = folder.folder()});
  }
  [[nodiscard]] int shell(const std::string& command) const {
    return std::system(("cd " + folder.folder().string() + " && " + command + " > out.txt 2> err.txt").c_str());
  }
  /// The 48 numbers of y.npy, which is removed.
  [[nodiscard]] std::vector<float> result() const {
    const std::string bytes = folder.read("y.npy");
    std::vector<float> values(48);
    const std::size_t size = values.size() * sizeof(float);
    REQUIRE(bytes.size() > size);
    std::memcpy(values.data(), bytes.data() + bytes.size() - size, size);
    std::filesystem::remove(folder.path("y.npy"));
    return values;
  }
  [[nodiscard]] std::vector<float> run(const std::string& model, const std::string& input,
                                       std::vector<std::string> options = {}) const {
    std::vector<std::string> words = {"run",     model,        "--weights", "random:1",
                                      "--input", "x=" + input, "--output",  "y=y.npy"};
    words.insert(words.end(), options.begin(), options.end());
    const Outcome outcome = kdlc(words);
    INFO(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    return result();
  }
};

void check_close(const std::vector<float>& left, const std::vector<float>& right) {
  REQUIRE(left.size() == right.size());
  for (std::size_t index = 0; index < left.size(); ++index) {
    CHECK(left[index] == Approx(right[index]).margin(1e-6));
  }
}

}  // namespace

TEST_CASE("the samples of a run are calls of as many streams as --streams says, one unless given") {
  const Case test;
  const std::vector<float> in_order = test.run("ear.kdl", "x.npy");
  check_close(in_order, test.run("long.kdl", "long.npy"));
  check_close(test.run("ear.kdl", "x.npy", {"--streams", "4"}), test.run("plain.kdl", "x.npy"));
  check_close(test.run("ear.kdl", "x.npy", {"--streams", "9", "--chunk", "3"}), test.run("plain.kdl", "x.npy"));
  // Of three streams the first goes on; the others have no second sample.
  const std::vector<float> three = test.run("ear.kdl", "x.npy", {"--streams", "3"});
  const std::vector<float> plain = test.run("plain.kdl", "x.npy");
  check_close({three.begin(), three.begin() + 36}, {plain.begin(), plain.begin() + 36});
  CHECK(std::abs(three[36] - plain[36]) > 1e-3F);
  const Outcome tapped = test.kdlc({"run", "ear.kdl", "--weights", "random:1", "--input", "x=x.npy", "--output",
                                    "y=y.npy", "--tap", "cell=tapped.npy"});
  REQUIRE(tapped.exit_code == 0);
  CHECK(test.folder.read("tapped.npy") == test.folder.read("y.npy"));
}

TEST_CASE("an executable takes its samples as a run does") {
  const Case test;
  for (const std::string streams : {"1", "2", "4"}) {
    const std::vector<float> expected = test.run("ear.kdl", "x.npy", {"--streams", streams});
    REQUIRE(test.kdlc({"build", "ear.kdl", "--weights", "random:1", "--streams", streams, "-o", "ear"}).exit_code == 0);
    REQUIRE(test.shell("./ear x.npy --output y.npy") == 0);
    check_close(test.result(), expected);
  }
  REQUIRE(test.kdlc({"build", "ear.kdl", "--weights", "random:1", "--streams", "2"}).exit_code == 0);
  CHECK(test.shell("./ear --help") == 0);
  CHECK(contains(test.folder.read("out.txt"), "sample i goes on where sample i - 2 ended; the first 2 begin fresh\n"));
  CHECK(test.shell("./ear --bench 0.01 --samples 2") == 0);
  CHECK(test.shell("./ear --bench 0.01 --samples 3") != 0);
  CHECK(test.folder.read("err.txt") ==
        "ear: --bench times one call, which has at most 2 samples: one for each stream\n");
}

TEST_CASE("a program in C owns the states, resets them and puts them back") {
  const Case test;
  REQUIRE(test.kdlc({"build", "ear.kdl", "--weights", "random:1", "--streams", "2", "--emit", "obj"}).exit_code == 0);
  test.folder.write("main.c", R"(#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ear.h"
static ear_state state;
int main(void) {
  static float x[EAR_STREAMS][6] = {{1, 2, 3, 4, 5, 6}, {6, 5, 4, 3, 2, 1}}, first[2][12], y[2][12];
  char *memory = malloc(EAR_ARENA_BYTES + EAR_ARENA_ALIGN);
  void *arena = memory + (EAR_ARENA_ALIGN - (uintptr_t)memory % EAR_ARENA_ALIGN);
  if (ear_forward(&ear_embedded, arena, EAR_ARENA_BYTES, NULL, &state, 2, x[0], first[0]) != KDLC_OK) return 1;
  const ear_state kept = state;
  if (ear_forward(&ear_embedded, arena, EAR_ARENA_BYTES, NULL, &state, 2, x[0], y[0]) != KDLC_OK) return 2;
  if (memcmp(y, first, sizeof y) == 0) return 3;
  if (ear_reset(&state, 1) != KDLC_OK) return 4;
  if (ear_forward(&ear_embedded, arena, EAR_ARENA_BYTES, NULL, &state, 2, x[0], y[0]) != KDLC_OK) return 5;
  if (memcmp(y[1], first[1], sizeof y[1]) != 0 || memcmp(y[0], first[0], sizeof y[0]) == 0) return 6;
  if (ear_forward(&ear_embedded, arena, EAR_ARENA_BYTES, NULL, &state, 3, x[0], y[0]) != KDLC_E_SIZE) return 7;
  if (ear_forward(&ear_embedded, arena, EAR_ARENA_BYTES, NULL, NULL, 1, x[0], y[0]) != KDLC_E_NULL) return 8;
  if (ear_reset(&state, KDLC_ALL_STREAMS) != KDLC_OK) return 9;
  if (ear_forward(&ear_embedded, arena, EAR_ARENA_BYTES, NULL, &state, 2, x[0], y[0]) != KDLC_OK) return 10;
  if (memcmp(y, first, sizeof y) != 0 || memcmp(&state, &kept, sizeof kept) != 0) return 11;
  free(memory);
  return ear_model.streams == EAR_STREAMS && ear_model.state_bytes == sizeof state ? 0 : 12;
}
)");
  CHECK(test.shell("cc -std=c99 -Wall -Wextra -Wpedantic -Werror main.c ear.o -o program && ./program") == 0);
}

TEST_CASE("packed weights fit the build with as many streams") {
  const Case test;
  REQUIRE(test.kdlc({"build", "ear.kdl", "--weights", "external", "--streams", "4"}).exit_code == 0);
  REQUIRE(test.kdlc({"pack", "ear.kdl", "--weights", "random:1", "--streams", "4", "-o", "ear.weights"}).exit_code ==
          0);
  REQUIRE(test.shell("./ear x.npy --weights ear.weights --output y.npy") == 0);
  const std::vector<float> packed = test.result();
  check_close(packed, test.run("plain.kdl", "x.npy"));
}

TEST_CASE("--streams is a count, and of a model that keeps states") {
  const Case test;
  for (const std::string value : {"0", "-1", "many", "1048577"}) {
    const Outcome outcome = test.kdlc({"build", "ear.kdl", "--weights", "random:1", "--streams", value});
    CHECK(outcome.exit_code == 2);
    CHECK(contains(outcome.err, "error[K962]: `--streams` got `" + value + "`: expected a whole number"));
  }
  const Outcome outcome = test.kdlc({"build", "plain.kdl", "--weights", "random:1", "--streams", "2"});
  CHECK(outcome.exit_code == 2);
  CHECK(contains(outcome.err, "`--streams` got `2`: expected a model that keeps states: `stateful: true`"));
  CHECK(test.kdlc({"check", "ear.kdl"}).err == test.kdlc({"check", "plain.kdl"}).err);
}

TEST_CASE("tests and evaluation begin every sample afresh") {
  const Case test;
  test.folder.write("tested.kdl", ear("true") + R"(
  test "samples are strangers" {
    N = 2
    weights random(seed: 1)
    x = [[[1, 2], [3, 4], [5, 6]], [[1, 2], [3, 4], [5, 6]]]
    expect y[0] == y[1]
  }
}
)");
  const Outcome tested = test.kdlc({"test", "tested.kdl"});
  INFO(tested.err);
  CHECK(tested.exit_code == 0);
  test.folder.write("wanted.npy", npy("(4, 3, 4)", numbers(48)));
  const auto evaluate = [&](const std::string& model, const std::string& batch) {
    const Outcome outcome = test.kdlc({"evaluate", model, "--weights", "random:1", "--input", "x=x.npy", "--target",
                                       "wanted=wanted.npy", "--batch", batch});
    CHECK(outcome.exit_code == 0);
    return outcome.out;
  };
  CHECK(evaluate("ear.kdl", "4") == evaluate("plain.kdl", "4"));
  const std::string one = evaluate("ear.kdl", "1");
  const std::string four = evaluate("ear.kdl", "4");
  const std::size_t place = four.find("mean_squared_error");
  REQUIRE(place != std::string::npos);
  CHECK(one.substr(one.find("mean_squared_error"), 26) == four.substr(place, 26));
}
