// kdlc build, pack and run: results, names of files, and what goes wrong on the way.
#include <cstring>

#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

namespace {

const std::string kModel =
    "kdl 1\nmodel Twice {\n  input x: f32[N, 2]\n  output y = 2 * x\n  output best = x -> softmax\n}\n";
const std::string kDense = "kdl 1\nmodel Net {\n  input x: f32[N, 4]\n  output y = x -> dense(3, softmax) as head\n}\n";

}  // namespace

TEST_CASE("an object is named after its source, with a header beside it") {
  const ScratchFolder folder;
  folder.write("models/net.kdl", kDense);
  const Outcome outcome = run_kdlc(
      {.words = {"build", "models/net.kdl", "--emit", "obj", "--weights", "random:1"}, .folder = folder.folder()});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.empty());
  CHECK(folder.has("net.o"));
  CHECK(contains(folder.read("net.h"), "net_forward"));
}

TEST_CASE("--threads shows in the header, and takes a count") {
  const ScratchFolder folder;
  const std::string source = folder.write("net.kdl", kDense);
  const auto build = [&](const std::string& threads) {
    return run_kdlc({.words = {"build", source, "--emit", "obj", "--weights", "random:1", "--threads", threads},
                     .folder = folder.folder()});
  };
  CHECK(build("1").exit_code == 0);
  CHECK_FALSE(contains(folder.read("net.h"), "NET_THREADS"));
  CHECK(build("3").exit_code == 0);
  CHECK(contains(folder.read("net.h"), "#define NET_THREADS 3"));
  for (const char* wrong : {"0", "65", "two"}) {
    const Outcome outcome = build(wrong);
    CHECK(outcome.exit_code == 2);
    CHECK(contains(outcome.err, "--threads"));
  }
}

TEST_CASE("text forms, -o and --name") {
  const ScratchFolder folder;
  const std::string source = folder.write("net.kdl", kDense);
  const std::vector<std::string> common = {"build", source, "--weights", "external"};
  const auto build = [&](std::vector<std::string> more) {
    more.insert(more.begin(), common.begin(), common.end());
    return run_kdlc({.words = more, .folder = folder.folder()});
  };
  CHECK(build({"--emit", "llvm"}).exit_code == 0);
  CHECK(contains(folder.read("net.ll"), "define"));
  CHECK(build({"--emit", "asm", "-o", "code.txt"}).exit_code == 0);
  CHECK(contains(folder.read("code.txt"), "net_forward"));
  CHECK(build({"--emit", "asm", "--name", "other"}).exit_code == 0);
  CHECK(contains(folder.read("net.s"), "other_forward"));
  CHECK(build({"--name", "9lives"}).exit_code == 2);
  for (const char* stage : {"tree", "graph", "optimised", "plan", "llvm", "asm"}) {
    INFO(stage);
    const Outcome dump = build({std::string("--dump=") + stage});
    CHECK(dump.exit_code == 0);
    CHECK(dump.out.size() > 50);
  }
}

TEST_CASE("the same input gives the same bytes") {
  const ScratchFolder folder;
  const std::string source = folder.write("net.kdl", kDense);
  for (const char* name : {"a.o", "b.o"}) {
    CHECK(call_kdlc({"build", source, "--emit", "obj", "--weights", "random:1", "-o", folder.path(name)}).exit_code ==
          0);
  }
  CHECK(folder.read("a.o") == folder.read("b.o"));
}

TEST_CASE("weights are needed, and the message says how to give them") {
  const ScratchFolder folder;
  const Outcome outcome =
      call_kdlc({"build", folder.write("net.kdl", kDense), "-o", folder.path("net.o"), "--emit", "obj"});
  CHECK(outcome.exit_code == 3);
  CHECK(contains(outcome.err, "error[K608]"));
  CHECK(contains(outcome.err, "--weights external"));
  CHECK_FALSE(folder.has("net.o"));
}

TEST_CASE("sources are never written over, and places that cannot be written are told") {
  const ScratchFolder folder;
  const std::string source = folder.write("net.kdl", kDense);
  const std::vector<std::string> common = {"build", source, "--weights", "random:1", "--emit", "asm", "-o"};
  const auto build_to = [&](const std::string& output) {
    std::vector<std::string> words = common;
    words.push_back(output);
    return call_kdlc(words);
  };
  const Outcome over = build_to(source);
  CHECK(over.exit_code == 2);
  CHECK(contains(over.err, "error[K960]"));
  CHECK(folder.read("net.kdl") == kDense);
  const Outcome nowhere = build_to(folder.path("no/such/folder/net.s"));
  CHECK(nowhere.exit_code == 3);
  CHECK(contains(nowhere.err, "error[K953]"));
  CHECK(build_to(folder.folder().string()).exit_code == 3);
}

TEST_CASE("options with values that cannot be are wrong usage") {
  const ScratchFolder folder;
  const std::string source = folder.write("net.kdl", kDense);
  const std::vector<std::vector<std::string>> wrong = {
      {"--target", "pdp11-dec-unix"}, {"--cpu", "z80"},     {"--chunk", "many"},
      {"--weights", "random:x"},      {"--emit", "static"}, {"--emit", "objj"}};
  for (const auto& options : wrong) {
    std::vector<std::string> words = {"build", source, "-o", folder.path("out")};
    words.insert(words.end(), options.begin(), options.end());
    INFO(options[0] + " " + options[1]);
    CHECK(call_kdlc(words).exit_code == 2);
    CHECK_FALSE(folder.has("out"));
  }
}

TEST_CASE("a dependency file names what the result depends on") {
  const ScratchFolder folder;
  folder.write("a net.kdl", kDense);
  const Outcome outcome = run_kdlc(
      {.words = {"build", "a net.kdl", "--emit", "asm", "-o", "out.s", "--weights", "random:1", "--depfile", "out.d"},
       .folder = folder.folder()});
  CHECK(outcome.exit_code == 0);
  CHECK(folder.read("out.d") == "out.s: a\\ net.kdl\n");
}

TEST_CASE("run computes what the model says and marks the best class") {
  const ScratchFolder folder;
  const std::string source = folder.write("twice.kdl", kModel);
  const std::string x = folder.write("x.npy", npy("(3, 2)", {1, 2, 0.25, -4, 0, 3}));
  const Outcome outcome = call_kdlc({"run", source, "--input", "x=" + x});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(contains(outcome.out, "y: f32[3, 2]\n  0: 2 4\n  1: 0.5 -8\n  2: 0 6\n"));
  CHECK(contains(outcome.out, "-> class 1 (73.1 %)"));  // 1 / (1 + exp(-1))
}

TEST_CASE("run writes outputs as .npy") {
  const ScratchFolder folder;
  const std::string source = folder.write("twice.kdl", kModel);
  const std::string x = folder.write("x.npy", npy("(3, 2)", {1, 2, 0.25, -4, 0, 3}));
  const Outcome outcome = call_kdlc({"run", source, "--input", "x=" + x, "--output", "y=" + folder.path("y.npy")});
  CHECK(outcome.exit_code == 0);
  CHECK_FALSE(contains(outcome.out, "y: "));
  const std::string bytes = folder.read("y.npy");
  REQUIRE(bytes.size() > 24);
  float values[6];
  std::memcpy(values, bytes.data() + bytes.size() - sizeof values, sizeof values);
  CHECK(values[0] == 2);
  CHECK(values[3] == -8);
}

TEST_CASE("run tells which data does not fit") {
  const ScratchFolder folder;
  const std::string source = folder.write("twice.kdl", kModel);
  const std::string x = folder.write("x.npy", npy("(3, 2)", {1, 2, 3, 4, 5, 6}));
  const std::string wide = folder.write("wide.npy", npy("(2, 3)", {1, 2, 3, 4, 5, 6}));
  const auto run = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"run", source});
    return call_kdlc(options);
  };
  CHECK(contains(run({}).err, "error[K654]"));
  CHECK(contains(run({"--input", "z=" + x}).err, "error[K653]"));
  CHECK(contains(run({"--input", "x=" + wide}).err, "error[K655]"));
  CHECK(contains(run({"--input", "x=" + folder.path("none.npy")}).err, "error[K650]"));
  CHECK(contains(run({"--input", "x"}).err, "error[K962]"));
  CHECK(run({}).exit_code == 3);
}

TEST_CASE("inputs of one call agree on the number of samples") {
  const ScratchFolder folder;
  const std::string source = folder.write(
      "sum.kdl", "kdl 1\nmodel Sum {\n  input a: f32[N, 2]\n  input b: f32[N, 2]\n  output y = a + b\n}\n");
  const std::string two = folder.write("two.npy", npy("(2, 2)", {1, 2, 3, 4}));
  const std::string three = folder.write("three.npy", npy("(3, 2)", {1, 2, 3, 4, 5, 6}));
  CHECK(contains(call_kdlc({"run", source, "--input", "a=" + two, "--input", "b=" + three}).err, "error[K656]"));
  CHECK(contains(call_kdlc({"run", source, "--input", "a=" + two, "--input", "b=" + two}).out, "0: 2 4\n"));
}

TEST_CASE("pack writes the weights that an external artefact binds") {
  const ScratchFolder folder;
  const std::string source = folder.write("net.kdl", kDense);
  const Outcome outcome = run_kdlc({.words = {"pack", source, "--weights", "random:1"}, .folder = folder.folder()});
  CHECK(outcome.exit_code == 0);
  CHECK(folder.read("net.weights").starts_with("KDLCPACK"));
}

TEST_CASE("an executable runs by itself") {
  const ScratchFolder folder;
  const std::string source = folder.write("twice.kdl", kModel);
  const Outcome outcome = run_kdlc({.words = {"build", source}, .folder = folder.folder()});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  folder.write("x.npy", npy("(1, 2)", {1, 2}));
  const std::string command = "cd " + folder.folder().string() + " && ./twice --x x.npy > result.txt";
  CHECK(std::system(command.c_str()) == 0);
  CHECK(contains(folder.read("result.txt"), "2"));
}

TEST_CASE("text goes to standard output on request, an object does not") {
  const ScratchFolder folder;
  const std::string source = folder.write("net.kdl", kDense);
  const auto build = [&](const std::string& emit) {
    return run_kdlc(
        {.words = {"build", source, "--emit", emit, "--weights", "external", "-o", "-"}, .folder = folder.folder()});
  };
  CHECK(contains(build("asm").out, "net_forward"));
  const Outcome object = build("obj");
  CHECK(object.exit_code == 2);
  CHECK(contains(object.err, "K962"));
  CHECK_FALSE(folder.has("-"));
}

TEST_CASE("what is checked but cannot be compiled yet is refused at its line") {
  const ScratchFolder folder;
  const auto outcome_of = [&](const std::string& command, const std::string& model) {
    const std::string source = folder.write("net.kdl", model);
    return run_kdlc({.words = {command, source}, .folder = folder.folder()});
  };
  const std::string halves = "kdl 1\nmodel Net {\n  input x: f16[N, 2]\n  output y = 2 * x\n}\n";
  const Outcome half = outcome_of("build", halves);
  CHECK(half.exit_code == 1);
  CHECK(contains(half.err, "K902"));
  CHECK(contains(half.err, ":3:"));
  CHECK(outcome_of("check", halves).exit_code == 0);
}

TEST_CASE("a value beyond all memory is the model's mistake, said at its line") {
  const ScratchFolder folder;
  const std::string source = folder.write(
      "net.kdl",
      "kdl 1\nmodel Net {\n  input x: f32[N, 1000000, 1000000]\n  output y = x -> flatten -> dense(3) as head\n}\n");
  const Outcome outcome = run_kdlc({.words = {"build", source, "--weights", "random:1"}, .folder = folder.folder()});
  CHECK(outcome.exit_code == 1);
  CHECK(contains(outcome.err, "error[K336]"));
  CHECK(contains(outcome.err, "net.kdl:4:"));
  CHECK_FALSE(folder.has("net"));
}
