// Sizes that the arrays of a call bring: bound by `run` and by an executable, shared by inputs, checked by `require`.
#include <cstdlib>

#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

namespace {

const std::string kPairs = R"(kdl 1
model Pairs {
  dim T <= 6
  input a: f32[N, T, 2]
  input b: f32[N, T]
  require T % 2 == 0, "T comes in pairs"
  output total = a[:, :, 0] + b
  output halves = a[:, 0:T:2, 1]
}
)";

std::vector<float> numbers(std::size_t count) {
  std::vector<float> result;
  for (std::size_t index = 0; index < count; ++index) {
    result.push_back(static_cast<float>(index));
  }
  return result;
}

/// Files for both inputs with one sample, `a` of length `t`, `b` of length `u`.
std::vector<std::string> input_options(const ScratchFolder& folder, std::size_t t, std::size_t u) {
  const std::string a = folder.write("a.npy", npy("(1, " + std::to_string(t) + ", 2)", numbers(2 * t)));
  const std::string b = folder.write("b.npy", npy("(1, " + std::to_string(u) + ")", numbers(u)));
  return {"--input", "a=" + a, "--input", "b=" + b};
}

Outcome run_pairs(std::size_t t, std::size_t u) {
  const ScratchFolder folder;
  std::vector<std::string> words = {"run", folder.write("pairs.kdl", kPairs)};
  const std::vector<std::string> options = input_options(folder, t, u);
  words.insert(words.end(), options.begin(), options.end());
  return call_kdlc(words);
}

}  // namespace

TEST_CASE("the arrays of a call say how large its sizes are") {
  const Outcome outcome = run_pairs(4, 4);
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(contains(outcome.out, "0 3 6 9"));  // 0 2 4 6 and 0 1 2 3
  CHECK(contains(outcome.out, "1 5"));      // of 1 3 5 7 the first and the third
  CHECK(contains(run_pairs(2, 2).out, "0 3"));
}

TEST_CASE("inputs that disagree, sizes beyond their bound and broken rules are told apart") {
  const Outcome different = run_pairs(4, 2);
  CHECK(different.exit_code == 3);
  CHECK(contains(different.err, "error[K656]"));
  CHECK(contains(different.err, "`T` is 4"));
  const Outcome large = run_pairs(8, 8);
  CHECK(contains(large.err, "error[K657]"));
  CHECK(contains(large.err, "`T` is 8 in the inputs, but at most 6"));
  const Outcome odd = run_pairs(3, 3);
  CHECK(contains(odd.err, "error[K657]"));
  CHECK(contains(odd.err, "T comes in pairs, with `T` 3"));
  CHECK(run_pairs(0, 0).exit_code == 0);
}

TEST_CASE("an executable binds its sizes from its files") {
  const ScratchFolder folder;
  const std::string source = folder.write("pairs.kdl", kPairs);
  const Outcome built = run_kdlc({.words = {"build", source}, .folder = folder.folder()});
  INFO(built.err);
  REQUIRE(built.exit_code == 0);
  const auto status_of = [&](std::size_t t, std::size_t u) {
    input_options(folder, t, u);
    const std::string call =
        "cd " + folder.folder().string() + " && ./pairs --a a.npy --b b.npy > result.txt 2> error.txt";
    return std::system(call.c_str());
  };
  CHECK(status_of(4, 4) == 0);
  CHECK(contains(folder.read("result.txt"), "9"));
  CHECK(status_of(4, 2) != 0);
  CHECK(contains(folder.read("error.txt"), "`T` is 4 in another input"));
  CHECK(status_of(3, 3) != 0);
  CHECK(status_of(8, 8) != 0);
  CHECK(contains(folder.read("error.txt"), "takes at most 6"));
}
