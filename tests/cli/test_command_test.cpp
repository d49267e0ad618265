// kdlc test: what passes, what fails and why, what is said of what cannot run.
#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

namespace {

const std::string kModel = R"(kdl 1
model Two(units: int = 2) {
  input row: f32[N, 3]
  input other: f32[N, 3]
  layer encoder = dense(units) as first -> relu
  h = row -> encoder
  g = other -> encoder
  output y = softmax(-h)
  output d = sum((h - g) ^ 2)
)";

Outcome test_model(const std::string& tests, std::vector<std::string> options = {}) {
  const ScratchFolder folder;
  folder.write("m.kdl", kModel + tests + "}\n");
  std::vector<std::string> words = {"test", "m.kdl"};
  words.insert(words.end(), options.begin(), options.end());
  return run_kdlc({.words = words, .folder = folder.folder()});
}

}  // namespace

TEST_CASE("tests that hold: inputs, inner values, sizes, the model and its layers again, a line for each") {
  const Outcome outcome = test_model(R"(
    test "rows" {
      N = 3
      weights random(seed: 1)
      row = random(seed: 2)
      expect sum(y) ~= N
      expect sum(y, axis: -1) ~= [1, 1, 1]
      expect y[0] == y[0, :]
      expect h ~= encoder(row)
      expect h >= 0 and y < 1
    }
    test "two runs" {
      weights random(seed: 1)
      row = [[1, 2, 3]]
      other = row
      expect d == 0
      doubled, distance = Two(2 * row, other)
      expect sum(doubled) ~= 1
      expect distance >= 0
    })");
  CHECK(outcome.err == "");
  CHECK(outcome.exit_code == 0);
  CHECK(contains(outcome.out, "passed   Two: rows  ("));
  CHECK(contains(outcome.out, "passed   Two: two runs  ("));
  CHECK(contains(outcome.out, "\n2 tests: 2 passed\n"));
}

TEST_CASE("a failed expectation shows its line, both sides, the worst difference and where") {
  const Outcome outcome = test_model(R"(
    test "wrong" {
      row = [[1, 2, 3]]
      expect row ~= [[1, 2.5, 3.25]] within 0.3
      expect row < [[2, 2, 4]]
    })");
  CHECK(outcome.exit_code == 1);
  CHECK(contains(outcome.out, "failed   Two: wrong"));
  CHECK(contains(outcome.out, "\n1 test: 0 passed, 1 failed\n"));
  CHECK(contains(outcome.err, "error[K801]: `row ~= [[1, 2.5, 3.25]]` does not hold in test \"wrong\""));
  CHECK(contains(outcome.err, "m.kdl:13:14"));
  CHECK(contains(outcome.err, "`row` is [[1, 2, 3]]"));
  CHECK(contains(outcome.err, "`[[1, 2.5, 3.25]]` is [[1, 2.5, 3.25]]"));
  CHECK(contains(outcome.err, "the worst difference is 0.5, at [0, 1], between 2 and 2.5"));
  CHECK(contains(outcome.err, "1 of 3 elements differ by more"));
  CHECK(contains(outcome.err, "the tolerance is within 0.3"));
  CHECK(contains(outcome.err, "it is false for 1 of 3 elements, first at [0, 1]: 2 and 2"));
}

TEST_CASE("NaN equals nothing, infinities of one sign each other") {
  const Outcome outcome = test_model(R"(
    test "infinite" {
      row = ones()
      expect row / 0 ~= row / 0
    }
    test "not a number" {
      row = zeros()
      expect row / 0 ~= row / 0
    })");
  CHECK(outcome.exit_code == 1);
  CHECK(contains(outcome.out, "passed   Two: infinite"));
  CHECK(contains(outcome.out, "failed   Two: not a number"));
  CHECK(contains(outcome.err, "the worst difference is not a number"));
}

TEST_CASE("blocks and formulas are tested without a model, and --only chooses") {
  const ScratchFolder folder;
  folder.write("lib.kdl", R"(kdl 1
fn bend(x) = x * tanh(log(1 + exp(x)))
block halves(x: f32[N, C]) {
  return x -> dense(C / 2, relu) as down
}
test "bend" {
  expect bend(0.0) ~= 0
  expect bend([1.0, -2.0]) ~= [0.8650984, -0.252501] within 1e-6
}
test "halves" {
  weights random(seed: 7)
  x: f32[5, 4] = random(seed: 1)
  expect halves(x) >= 0
  expect halves(x)[:, 0] < 10
}
)");
  const Outcome all = run_kdlc({.words = {"test", "lib.kdl"}, .folder = folder.folder()});
  CHECK(all.err == "");
  CHECK(contains(all.out, "2 tests: 2 passed\n"));
  const Outcome one = run_kdlc({.words = {"test", "lib.kdl", "--only", "bend"}, .folder = folder.folder()});
  CHECK(contains(one.out, "1 test: 1 passed, 1 left out\n"));
}

TEST_CASE("weights of a test, of its model, and of the command line") {
  const std::string needs = "test \"a\" { row = ones() expect y > 0 }";
  const Outcome none = test_model(needs);
  CHECK(none.exit_code == 1);
  CHECK(contains(none.err, "error[K802]: weights are not given in test \"a\""));
  CHECK(test_model(needs, {"--weights", "random:3"}).exit_code == 0);
  const Outcome missing = test_model("weights \"none.safetensors\" " + needs);
  CHECK(missing.exit_code == 3);
  CHECK(contains(missing.err, "error[K600]"));
  CHECK(contains(missing.out, "not run  Two: a"));
}

TEST_CASE("inputs from files must be there and fit") {
  const Outcome missing = test_model("test \"a\" { row = load(\"none.npy\") expect row > 0 }");
  CHECK(missing.exit_code == 3);
  CHECK(contains(missing.err, "error[K650]"));
}

TEST_CASE("a file without tests says so") {
  const Outcome outcome = test_model("");
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out == "no tests in `m.kdl`\n");
}

TEST_CASE("the tests of the samples hold") {
  const std::filesystem::path samples = std::filesystem::path(KDLC_TESTS_FOLDER) / "golden" / "samples";
  for (const std::string name : {"01_mlp", "10_siamese", "12_custom"}) {
    INFO(name);
    const Outcome outcome = call_kdlc({"test", (samples / (name + ".kdl")).string()});
    CHECK(outcome.exit_code == 0);
    CHECK(contains(outcome.out, "1 test: 1 passed\n"));
  }
}

TEST_CASE("layers with the weights that PyTorch wrote compute what PyTorch computes") {
  const Outcome outcome = call_kdlc({"test", (std::filesystem::path(KDLC_TESTS_FOLDER) / "numbers/torch").string()});
  INFO(outcome.out);
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(contains(outcome.out, "passed   Gru: equals PyTorch"));
  CHECK(contains(outcome.out, "5 tests: 5 passed\n"));
}

TEST_CASE("what each feature of the language computes is what NumPy computes") {
  const Outcome outcome = call_kdlc({"test", (std::filesystem::path(KDLC_TESTS_FOLDER) / "numbers/language").string()});
  INFO(outcome.out);
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(contains(outcome.out, "passed   Slices: equals NumPy"));
  CHECK(contains(outcome.out, "13 tests: 13 passed\n"));
}
