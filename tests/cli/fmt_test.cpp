// kdlc fmt: printing, comparing, writing in place.
#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

namespace {

const std::string kUntidy = "kdl 1\nmodel A{input x:f32[N,4]\n output y=x->dense(3)as head}\n";

}  // namespace

TEST_CASE("the canonical form is printed, and is its own canonical form") {
  const Outcome first = run_kdlc({.words = {"fmt", "-"}, .input = kUntidy});
  CHECK(first.exit_code == 0);
  CHECK(first.err.empty());
  CHECK(contains(first.out, "model A {\n  input x: f32[N, 4]\n"));
  const Outcome second = run_kdlc({.words = {"fmt", "-"}, .input = first.out});
  CHECK(second.out == first.out);
}

TEST_CASE("--check tells which files are not canonical and changes nothing") {
  const ScratchFolder folder;
  const std::string path = folder.write("a.kdl", kUntidy);
  const Outcome outcome = call_kdlc({"fmt", "--check", path});
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.out.empty());
  CHECK(contains(outcome.err, "a.kdl is not in canonical form"));
  CHECK(folder.read("a.kdl") == kUntidy);
}

TEST_CASE("-i writes files anew, and then they are canonical") {
  const ScratchFolder folder;
  const std::string path = folder.write("a.kdl", kUntidy);
  CHECK(call_kdlc({"fmt", "-i", path}).exit_code == 0);
  CHECK(folder.read("a.kdl") == run_kdlc({.words = {"fmt", "-"}, .input = kUntidy}).out);
  CHECK(call_kdlc({"fmt", "--check", path}).exit_code == 0);
}

TEST_CASE("a source that cannot be parsed is told and never rewritten") {
  const ScratchFolder folder;
  const std::string wrong = "kdl 1\nmodel A {\n  input x f32[N, 4]\n}\n";
  const std::string path = folder.write("a.kdl", wrong);
  const Outcome outcome = call_kdlc({"fmt", "-i", path});
  CHECK(outcome.exit_code == 1);
  CHECK(contains(outcome.err, "error[K100]"));
  CHECK(folder.read("a.kdl") == wrong);
}
