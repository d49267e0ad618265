// Data outside the range that a model declares for an input.
#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

TEST_CASE("run names the first number outside the range of its input, with its place") {
  const ScratchFolder folder;
  const std::string source =
      folder.write("m.kdl", "kdl 1\nmodel M {\n  input share: f32[N, 2] in 0..2\n  output y = share * 2\n}\n");
  const std::string fine = folder.write("fine.npy", npy("(2, 2)", {0, 1, 1.5F, 0.5F}));
  CHECK(call_kdlc({"run", source, "--input", "share=" + fine}).exit_code == 0);

  const std::string wrong = folder.write("wrong.npy", npy("(2, 2)", {0, 1, 2, 0.5F}));
  const Outcome outcome = call_kdlc({"run", source, "--input", "share=" + wrong});
  CHECK(outcome.exit_code == 3);
  CHECK(contains(outcome.err, "error[K658]"));
  CHECK(contains(outcome.err, "holds 2 at [1, 0], but the input `share` is in 0..2"));
  CHECK(outcome.out.empty());
}
