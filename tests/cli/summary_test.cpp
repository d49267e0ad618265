// kdlc summary and kdlc targets.
#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

TEST_CASE("a summary goes to standard output with the counted weights") {
  const ScratchFolder folder;
  const std::string path =
      folder.write("a.kdl",
                   "kdl 1\n/// A small network.\nmodel Small(units: int = 3) {\n  input x: f32[N, 4]\n"
                   "  output y = x -> dense(units, relu) as head\n}\n");
  const Outcome outcome = call_kdlc({"summary", path});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.starts_with("Small: A small network.\n  units = 3\n"));
  CHECK(contains(outcome.out, "weights  15 (60 bytes), all trained"));
  CHECK(contains(outcome.out, "FLOPs    24 for one sample"));
  CHECK(contains(call_kdlc({"summary", path, "-D", "units=100"}).out, "weights  500 "));
}

TEST_CASE("a summary ends with what the doc comments say") {
  const Outcome outcome = run_kdlc({.words = {"summary", "-"}, .input = R"(kdl 1
/// Twice, and one more.
/// A second line.
block grow(x) { return 2 * x + 1 }
/// A small network.
model Small {
  /// Four numbers.
  input x: f32[N, 4]
  /// Their growth.
  output y = x -> grow
}
)"});
  CHECK(outcome.exit_code == 0);
  CHECK(contains(outcome.out,
                 "\ninput x     Four numbers.\noutput y    Their growth.\n"
                 "block grow  Twice, and one more.\n            A second line.\n"));
}

TEST_CASE("a summary of a wrong model is its messages") {
  const Outcome outcome =
      run_kdlc({.words = {"summary", "-"}, .input = "kdl 1\nmodel A {\n  input x: f32[N, 4]\n  output y = z\n}\n"});
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.out.empty());
  CHECK(contains(outcome.err, "error[K202]"));
}

TEST_CASE("targets lists machines and processors") {
  const Outcome outcome = call_kdlc({"targets"});
  CHECK(outcome.exit_code == 0);
  CHECK(contains(outcome.out, "x86_64-linux-gnu"));
  CHECK(contains(outcome.out, "aarch64-linux-gnu"));
}
