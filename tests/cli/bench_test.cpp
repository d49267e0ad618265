// kdlc bench and kdlc build --report.
#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

namespace {

const std::string kModel = R"(kdl 1
model Small {
  input image: f32[N, 8, 8, 3]
  output y = image -> conv2d(5, 3, padding: same) as conv -> relu -> flatten -> dense(4, softmax) as head
}
)";

}  // namespace

TEST_CASE("bench tells the time of a call beside the limit, and of each step with --layers") {
  const ScratchFolder folder;
  const std::string path = folder.write("small.kdl", kModel);
  const Outcome brief = call_kdlc({"bench", path, "--weights", "random:1"});
  CHECK(brief.exit_code == 0);
  CHECK(brief.out.starts_with("Small, 1 sample: "));
  CHECK(contains(brief.out, " of the limit\n"));
  CHECK(!contains(brief.out, "bound by"));
  const Outcome whole = call_kdlc({"bench", path, "--weights", "random:1", "--layers", "--samples", "3"});
  CHECK(whole.exit_code == 0);
  CHECK(whole.out.starts_with("Small, 3 samples: "));
  CHECK(contains(whole.out, "bound by"));
  CHECK(contains(whole.out, "\nconv "));
  CHECK(contains(whole.out, "\nhead "));
  CHECK(contains(whole.out, "the steps one by one take "));
}

TEST_CASE("bench compares a call of several threads with one") {
  const ScratchFolder folder;
  const std::string path = folder.write("small.kdl", kModel);
  const Outcome one = call_kdlc({"bench", path, "--weights", "random:1"});
  CHECK(!contains(one.out, "threads"));
  const Outcome small = call_kdlc({"bench", path, "--weights", "random:1", "--threads", "2"});
  CHECK(small.exit_code == 0);
  CHECK(contains(small.out, "\n2 threads: "));
  CHECK(contains(small.out, " × as fast as one; no step is worth several threads\n"));
  const Outcome many = call_kdlc({"bench", path, "--weights", "random:1", "--threads", "2", "--samples", "4096"});
  CHECK(contains(many.out, " × as fast as one; each has samples of its own\n"));
  const Outcome wrong = call_kdlc({"bench", path, "--weights", "random:1", "--threads", "none"});
  CHECK(wrong.exit_code == 2);
}

TEST_CASE("bench needs weights, and a count of samples") {
  const ScratchFolder folder;
  const std::string path = folder.write("small.kdl", kModel);
  const Outcome bare = call_kdlc({"bench", path});
  CHECK(bare.exit_code != 0);
  CHECK(contains(bare.err, "random:1"));
  const Outcome wrong = call_kdlc({"bench", path, "--weights", "random:1", "--samples", "many"});
  CHECK(wrong.exit_code == 2);
  CHECK(contains(wrong.err, "error[K962]"));
}

TEST_CASE("build --report lists kernel and block of each step, and why, and builds") {
  const ScratchFolder folder;
  const std::string path = folder.write("small.kdl", kModel);
  const Outcome outcome = call_kdlc({"build", path, "--weights", "random:1", "--report", "--emit", "obj", "-o",
                                     folder.path("small.o"), "--target", "x86_64-linux-gnu", "--cpu", "x86-64-v4"});
  CHECK(outcome.exit_code == 0);
  CHECK(folder.has("small.o"));
  CHECK(outcome.out.starts_with("Small: vectors of 64 bytes, 32 registers"));
  CHECK(contains(outcome.out, "\none sample\n"));
  CHECK(contains(outcome.out, "contraction"));
  CHECK(contains(outcome.out, "sums in 32"));
}
