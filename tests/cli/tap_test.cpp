// Values inside a model: `run --tap` by any name of a person, and `tap("label")` in artefacts built with --taps.
#include <cstring>

#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

namespace {

// Every number below follows by hand: halves and sums of small whole numbers are exact.
const std::string kModel = R"(kdl 1
block unit(x) {
  h = x + 1 -> tap("seen")
  return 2 * h
}
model Net {
  input x: f32[N, 2]
  const bias: f32[2] = [10, 20]
  a = x + bias
  b = a -> unit as first -> unit as second
  output y = b -> repeat 2 { relu -> tap("turn") } -> sum(axis: 1)
}
)";

std::vector<float> floats_at_end(const std::string& bytes, std::size_t count) {
  std::vector<float> values(count);
  REQUIRE(bytes.size() > count * sizeof(float));
  std::memcpy(values.data(), bytes.data() + bytes.size() - count * sizeof(float), count * sizeof(float));
  return values;
}

/// The model beside five samples: more than one chunk of two, and one left.
struct Case {
  ScratchFolder folder;
  std::string source = folder.write("net.kdl", kModel);
  std::string x = folder.write("x.npy", npy("(5, 2)", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));

  Outcome run(std::vector<std::string> options) const {
    options.insert(options.begin(), {"run", source, "--chunk", "2", "--input", "x=" + x});
    return call_kdlc(options);
  }
};

}  // namespace

TEST_CASE("run shows named values of every kind, with statistics, and still prints the outputs") {
  const Case net;
  const Outcome outcome = net.run({"--tap", "a,x,first,second.h", "--tap", "bias", "--tap", "y"});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(contains(outcome.out, "y: f32[5]\n"));
  // a = x + (10, 20): 10 21 12 23 14 25 16 27 18 29.
  CHECK(contains(outcome.out,
                 "tap a: f32[5, 2]\n  min 10, max 29, mean 19.5; 0 NaN, 0 Inf\n"
                 "  first 10 21 12 23 14 25 16 27 … (10 values)\n"));
  CHECK(contains(outcome.out, "tap x: f32[5, 2]\n  min 0, max 9, mean 4.5; 0 NaN, 0 Inf\n"));
  // first = 2 (a + 1); h of the second unit is one more.
  CHECK(contains(outcome.out, "tap first: f32[5, 2]\n  min 22, max 60, mean 41;"));
  CHECK(contains(outcome.out, "tap second.h: f32[5, 2]\n  min 23, max 61, mean 42;"));
  CHECK(contains(outcome.out, "tap bias: f32[2]\n  min 10, max 20, mean 15; 0 NaN, 0 Inf\n  first 10 20\n"));
  CHECK(contains(outcome.out, "tap y: f32[5]\n"));
}

TEST_CASE("the same values whatever the chunk, and the outputs are those without taps") {
  const Case net;
  const Outcome plain = net.run({});
  for (const char* chunk : {"1", "2", "3", "8"}) {
    const Outcome outcome = call_kdlc(
        {"run", net.source, "--input", "x=" + net.x, "--chunk", chunk, "--tap", "a=" + net.folder.path("a.npy")});
    INFO(chunk);
    CHECK(outcome.out == plain.out);
    CHECK(floats_at_end(net.folder.read("a.npy"), 10) == std::vector<float>{10, 21, 12, 23, 14, 25, 16, 27, 18, 29});
  }
}

TEST_CASE("a label stands for every value that it is written at") {
  const Case net;
  const Outcome both = net.run({"--tap", "seen"});
  INFO(both.err);
  CHECK(contains(both.out, "tap first.seen: f32[5, 2]\n  min 11, max 30,"));
  CHECK(contains(both.out, "tap second.seen: f32[5, 2]\n  min 23, max 61,"));
  const Outcome turns = net.run({"--tap", "turn"});
  CHECK(contains(turns.out, "tap turn.0: f32[5, 2]"));
  CHECK(contains(turns.out, "tap turn.1: f32[5, 2]"));
  CHECK(contains(net.run({"--tap", "second.seen"}).out, "tap second.seen: f32[5, 2]\n"));
  const Outcome file = net.run({"--tap", "seen=" + net.folder.path("seen.npy")});
  CHECK(file.exit_code == 2);
  CHECK(contains(file.err, "the label stands in 2 applications, such as `first.seen`"));
}

TEST_CASE("NaN and infinity are counted and left out of the range") {
  const ScratchFolder folder;
  const std::string source = folder.write(
      "roots.kdl", "kdl 1\nmodel Roots {\n  input x: f32[N, 4]\n  r = sqrt(x)\n  output y = r + 1 / x\n}\n");
  const std::string x = folder.write("x.npy", npy("(1, 4)", {-1, 4, 0, 16}));
  const Outcome outcome = call_kdlc({"run", source, "--input", "x=" + x, "--tap", "r,y"});
  INFO(outcome.err);
  CHECK(contains(outcome.out, "tap r: f32[1, 4]\n  min 0, max 4, mean 2; 1 NaN, 0 Inf\n"));
  CHECK(contains(outcome.out, "tap y: f32[1, 4]\n  min 2.25, max 4.0625, mean 3.15625; 1 NaN, 1 Inf\n"));
}

TEST_CASE("an unknown name is told with the nearest ones") {
  const Case net;
  const Outcome path = net.run({"--tap", "h"});
  CHECK(path.exit_code == 2);
  CHECK(contains(path.err, "error[K966]: no value of the model `Net` is called `h`"));
  CHECK(contains(path.err, "did you mean `first.h`, `second.h`?"));
  CHECK(contains(net.run({"--tap", "secnd"}).err, "did you mean `second`?"));
  CHECK(contains(net.run({"--tap", "zebra"}).err, "`kdlc summary` lists the layers"));
}

TEST_CASE("labelled values are reached through the callback of an artefact built with --taps, and only there") {
  const Case net;
  const auto build = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"build", net.source, "--chunk", "2", "-o", net.folder.path("net")});
    const Outcome outcome = call_kdlc(options);
    INFO(outcome.err);
    REQUIRE(outcome.exit_code == 0);
  };
  const auto run = [&](const std::string& options) {
    const std::string command =
        "cd " + net.folder.folder().string() + " && ./net x.npy " + options + " > out.txt 2> err.txt";
    return std::system(command.c_str());
  };
  build({"--taps"});
  REQUIRE(run("--taps") == 0);
  const std::string text = net.folder.read("out.txt");
  CHECK(contains(text,
                 "tap first.seen: f32[5, 2]\n  min 11, max 30, mean 20.5; 0 NaN, 0 Inf\n"
                 "  first 11 22 13 24 15 26 17 28 ... (10 values)\n"));
  CHECK(contains(text, "tap second.seen: f32[5, 2]\n  min 23, max 61,"));
  REQUIRE(run("") == 0);
  CHECK_FALSE(contains(net.folder.read("out.txt"), "tap "));
  build({});
  CHECK(run("--taps") != 0);
  CHECK(contains(net.folder.read("err.txt"), "this model has no taps: build it with --taps"));
}

TEST_CASE("a program in C sees taps through its options") {
  const Case net;
  const std::string object = net.folder.path("net.o");
  REQUIRE(call_kdlc({"build", net.source, "--chunk", "2", "--taps", "--emit", "obj", "-o", object}).exit_code == 0);
  CHECK(contains(net.folder.read("net.h"), "`tap` is shown \"first.seen\", \"second.seen\""));
  net.folder.write("main.c", R"(#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "net.h"
static void show(void *context, const char *name, size_t first, size_t n, const void *data) {
  const float *values = data;
  if (strcmp(name, context) == 0) printf("%zu+%zu: %g %g\n", first, n, values[0], values[2 * n - 1]);
}
int main(void) {
  static float x[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, y[5];
  char wanted[] = "first.seen";
  kdlc_options options = {sizeof options, NULL, NULL, show, wanted};
  void *arena = aligned_alloc(NET_ARENA_ALIGN, (NET_ARENA_BYTES + NET_ARENA_ALIGN) / NET_ARENA_ALIGN * NET_ARENA_ALIGN);
  if (net_model.tap_count != 4 || strcmp(net_model.tap_names[1], "second.seen") != 0) return 2;
  return net_forward(&net_embedded, arena, NET_ARENA_BYTES, &options, 5, x, y);
}
)");
  const std::string command = "cd " + net.folder.folder().string() +
                              " && cc -std=c11 -Wall -Wextra -Werror main.c net.o -o program && ./program > out.txt";
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(net.folder.read("out.txt") == "0+2: 11 24\n2+2: 15 28\n4+1: 19 30\n");
}
