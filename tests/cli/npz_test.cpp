// .npz files as data and as weights. The files are NumPy's own (tests/oracle/npz_files.py), and hostile ones made of
// them.
#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

namespace {

const std::string kFolder = KDLC_TESTS_FOLDER "/cli/npz/";
const std::string kTwice = "kdl 1\nmodel Twice {\n  input x: f32[N, 2]\n  output y = 2 * x\n}\n";

Outcome run_twice(std::vector<std::string> inputs) {
  inputs.insert(inputs.begin(), {"run", "-"});
  return run_kdlc({.words = inputs, .input = kTwice});
}

}  // namespace

TEST_CASE("the arrays of a .npz file are the inputs of their names") {
  const std::string wanted = "y: f32[3, 2]\n  0: 2 4\n  1: 0.5 -8\n  2: 0 6\n";
  CHECK(run_twice({"--input", kFolder + "plain.npz"}).out == wanted);
  CHECK(run_twice({"--input", "x=" + kFolder + "plain.npz"}).out == wanted);
  CHECK(run_twice({"--input", kFolder + "compressed.npz"}).out == wanted);  // big-endian, Fortran's order
}

TEST_CASE("a .npz file without the input is told, with what it has") {
  const Outcome missing = run_twice({"--input", kFolder + "weights.npz"});
  CHECK(missing.exit_code == 3);
  CHECK(contains(missing.err, "error[K654]: the input `x`"));
  const Outcome named = run_twice({"--input", "x=" + kFolder + "weights.npz"});
  CHECK(contains(named.err, "it has no array `x`, but `head.bias`, `head.kernel`"));
}

TEST_CASE("damaged and hostile .npz files are refused with the reason") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"none.npz", "error[K650]"},
      {"cut.npz", "it is no sound .npz file"},
      {"twice.npz", "error[K651]"},
      {"no_array.npz", "its entry `readme.txt` is no .npy file"},
      {"pickle.npz", "its entry `x.npy`: "},
      {"short.npz", "its entry `x.npy`: its shape 3×2 needs 24 bytes of numbers, but 20 follow the header"},
      {"sum.npz", "its entry `x.npy`: is damaged"},
      {"bomb.npz", "its entry `x.npy`: claims 2147483648 bytes, which its"},
  };
  for (const auto& [file, words] : cases) {
    const Outcome outcome = run_twice({"--input", kFolder + file});
    INFO(file << "\n" << outcome.err);
    CHECK(outcome.exit_code == 3);
    CHECK(contains(outcome.err, words));
    CHECK(outcome.out.empty());
  }
}

TEST_CASE("a .npz file of weights is loaded as strictly as safetensors") {
  const ScratchFolder folder;
  const auto run = [&](const std::string& layer, const std::string& weights) {
    const std::string source = folder.write(
        "net.kdl", "kdl 1\nmodel Net {\n  input x: f32[N, 4]\n  output y = x -> " + layer + " as head\n}\n");
    return call_kdlc({"run", source, "--weights", kFolder + weights, "--input", "x=" + folder.path("x.npy")});
  };
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 4), }";
  header.resize(117, ' ');
  const float ones[] = {1, 1, 1, 1};
  folder.write("x.npy", std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n" +
                            std::string(reinterpret_cast<const char*>(ones), sizeof ones));
  const Outcome fine = run("dense(3)", "weights.npz");
  INFO(fine.err);
  // Columns of 0 … 11 / 8 summed: 18/8, 22/8, 26/8; the bias is 1, -1, 0.5.
  CHECK(fine.out == "y: f32[1, 3]\n  0: 3.25 1.75 3.75\n");
  CHECK(contains(run("dense(4)", "weights.npz").err, "error[K603]"));
  CHECK(contains(run("dense(3, bias: false)", "weights.npz").err, "error[K602]"));
  CHECK(contains(run("batchnorm", "weights.npz").err, "error[K601]"));
  CHECK(contains(run("dense(3)", "sum.npz").err, "error[K605]"));
  CHECK(contains(run("dense(3)", "bomb.npz").err, "error[K605]"));
}
