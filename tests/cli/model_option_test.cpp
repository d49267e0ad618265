// --model: which of several models a command takes, and models as parts of models.
#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

namespace {

const std::string kParts = R"(kdl 1
model Scale(factor: int = 3) {
  input x: f32[N, 2]
  output twice: f32[N, 2] = factor * x
  output best = x -> dense(1) as head
  weights "scale.safetensors"
}
model Whole {
  input a: f32[N, 2]
  scaled, _ = a -> Scale as first
  other, best = scaled -> Scale(5) as second
  output y = other + best
}
)";
const std::string kTwo =
    "kdl 1\nmodel One {\n  input x: f32[N, 2]\n  output y = 2 * x\n}\n"
    "model Two {\n  input x: f32[N, 2]\n  output z = 3 * x\n}\n";

}  // namespace

TEST_CASE("the model that is no part of another one is taken; --model takes any") {
  const ScratchFolder folder;
  const std::string source = folder.write("parts.kdl", kParts);
  CHECK(call_kdlc({"summary", source}).out.starts_with("Whole\n"));
  CHECK(call_kdlc({"summary", source, "--model", "Whole"}).out.starts_with("Whole\n"));
  CHECK(call_kdlc({"summary", source, "--model", "Scale"}).out.starts_with("Scale\n  factor = 3\n"));
  CHECK(call_kdlc({"summary", source, "--model", "Scale", "-D", "factor=9"}).out.starts_with("Scale\n  factor = 9\n"));
}

TEST_CASE("weights of a part lie under the path of its application; its weights clause is not used") {
  const ScratchFolder folder;
  const std::string source = folder.write("parts.kdl", kParts);
  const Outcome summary = call_kdlc({"summary", source, "--dump=graph"});
  INFO(summary.out + summary.err);
  CHECK(contains(summary.out, "second.head.kernel"));
  CHECK(contains(summary.out, "first.head.kernel"));
  const Outcome checked = call_kdlc({"check", source});
  INFO(checked.err);
  CHECK(checked.exit_code == 0);
  // Only the part's own model has a clause whose file is missing: the model that is built has none.
  CHECK_FALSE(contains(call_kdlc({"build", source, "-o", folder.path("out")}).err, "K600"));
  CHECK(contains(call_kdlc({"build", source, "-o", folder.path("out")}).err, "K608"));
}

TEST_CASE("several models and none chosen is wrong usage, and check looks at all of them") {
  const ScratchFolder folder;
  folder.write("two.kdl", kTwo);
  for (const char* command : {"build", "run", "summary", "pack"}) {
    const Outcome outcome = run_kdlc({.words = {command, "two.kdl"}, .folder = folder.folder()});
    INFO(outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err ==
          "error[K964]: `two.kdl` has several models: `One`, `Two`\n  = help: `--model Two` chooses one\n\n");
  }
  CHECK(run_kdlc({.words = {"check", "two.kdl"}, .folder = folder.folder()}).exit_code == 0);
  std::string wrong = kTwo;
  wrong.replace(wrong.find("2 * x"), 5, "2 * q");
  CHECK(contains(run_kdlc({.words = {"check", "-"}, .input = wrong}).err, "error[K202]"));
  CHECK(contains(
      run_kdlc({.words = {"build", "two.kdl", "--emit", "obj", "--model", "One"}, .folder = folder.folder()}).err, ""));
  CHECK(contains(folder.read("two.h"), "one_forward"));
}

TEST_CASE("a model that is not there is told with the nearest name") {
  const Outcome outcome = run_kdlc({.words = {"check", "-", "--model", "Tow"}, .input = kTwo});
  CHECK(outcome.exit_code == 2);
  CHECK(contains(outcome.err, "error[K950]: no model `Tow` in `<stdin>`; it has `One`, `Two`"));
  CHECK(contains(outcome.err, "did you mean `--model Two`?"));
}

TEST_CASE("the declared type of a part's output holds where it is applied") {
  std::string wrong = kParts;
  wrong.replace(wrong.find("twice: f32[N, 2]"), 16, "twice: f32[N, 3]");
  const Outcome outcome = run_kdlc({.words = {"check", "-", "--model", "Whole"}, .input = wrong});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 1);
  CHECK(contains(outcome.err, "1 error"));
}
