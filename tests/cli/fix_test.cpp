// kdlc check --fix, and the options that choose which messages count.
#include <algorithm>
#include <set>
#include <sstream>

#include "catch.hpp"
#include "cli/run_kdlc.hpp"
#include "support/golden.hpp"

using namespace kdlc::testing;

TEST_CASE("--fix applies edits, says what it changed, and finds nothing the second time") {
  const ScratchFolder folder;
  const std::string path = folder.write("net.kdl",
                                        "# a small network\nmodel Net {\n  input x: f32[N, 8, 8, 1]\n"
                                        "  output y = x -> conv2d(filters=4, kernel: 3, strides: 2) as first -> "
                                        "flatten -> dense(3, use_bias: false) as last\n}\n");
  const Outcome outcome = run_kdlc({.words = {"check", "net.kdl", "--fix"}, .folder = folder.folder()});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(folder.read("net.kdl") ==
        "kdl 1\n\n// a small network\nmodel Net {\n  input x: f32[N, 8, 8, 1]\n"
        "  output y = x -> conv2d(filters: 4, kernel: 3, stride: 2) as first -> flatten -> dense(3, bias: false) as "
        "last\n}\n");
  CHECK(contains(outcome.err, "fixed net.kdl:1:1: K103: "));
  CHECK(contains(outcome.err, ": K309: "));
  CHECK(contains(outcome.err, ": K010: "));
  CHECK(contains(outcome.err, "kdlc check: fine, 1 file, 5 fixes\n"));
  const std::string once = folder.read("net.kdl");
  const Outcome again = run_kdlc({.words = {"check", "net.kdl", "--fix"}, .folder = folder.folder()});
  CHECK(again.err == "kdlc check: fine, 1 file\n");
  CHECK(folder.read("net.kdl") == once);
}

namespace {

/// The first lines of messages, `error[K309]: …`.
std::multiset<std::string> headlines_of(const std::string& text) {
  std::multiset<std::string> headlines;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("[K") != std::string::npos && line.find("]: ") != std::string::npos && line[0] != ' ') {
      headlines.insert(line);
    }
  }
  return headlines;
}

}  // namespace

TEST_CASE("a sure edit of a known mistake removes its message and brings no other") {
  int fixed_programs = 0;
  for (const auto& path : kdl_files("golden/mistakes")) {
    const ScratchFolder folder;
    folder.write("m.kdl", read_test_file(path));
    const auto before = headlines_of(run_kdlc({.words = {"check", "m.kdl"}, .folder = folder.folder()}).err);
    const Outcome outcome = run_kdlc({.words = {"check", "m.kdl", "--fix"}, .folder = folder.folder()});
    const auto after = headlines_of(outcome.err);
    INFO(path.string() << "\n" << outcome.err << folder.read("m.kdl"));
    CHECK(std::ranges::includes(before, after));
    const bool is_changed = folder.read("m.kdl") != read_test_file(path);
    CHECK((after.size() < before.size()) == is_changed);
    fixed_programs += is_changed ? 1 : 0;
  }
  CHECK(fixed_programs > 10);
}

TEST_CASE("--fix hides nothing by a name with `_`") {
  const ScratchFolder folder;
  const std::string text = "kdl 1\nmodel M {\n  input x: f32[N, 4]\n  h = x -> dense(2) as h\n  output y = x * 2\n}\n";
  folder.write("m.kdl", text);
  CHECK(run_kdlc({.words = {"check", "m.kdl", "--fix"}, .folder = folder.folder()}).exit_code == 1);
  CHECK(folder.read("m.kdl") == text);
}

TEST_CASE("--fix leaves what has no edit, and files that it was not given") {
  const ScratchFolder folder;
  const std::string blocks = "kdl 1\nblock wide(x) {\n  return x -> dense(8, use_bias: false) as d\n}\n";
  folder.write("blocks.kdl", blocks);
  folder.write("net.kdl",
               "kdl 1\nimport \"blocks.kdl\" as blocks\nmodel Net {\n  input x: f32[N, 4]\n"
               "  wide = x -> blocks.wide as w\n  output y = wyde -> dense(zebra) as last\n}\n");
  const std::string before = folder.read("net.kdl");
  const Outcome outcome = run_kdlc({.words = {"check", "net.kdl", "--fix"}, .folder = folder.folder()});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 1);
  CHECK(contains(outcome.err, "did you mean `wide`?"));
  CHECK(folder.read("net.kdl") == before);
  CHECK(folder.read("blocks.kdl") == blocks);
  CHECK_FALSE(contains(outcome.err, "fixed "));
  const Outcome in = run_kdlc({.words = {"check", "-", "--fix"}, .input = before});
  CHECK(in.exit_code == 2);
}

TEST_CASE("a missing first line is a note, which --deny and --allow name") {
  const std::string text = "model Net {\n  input x: f32[N, 4]\n  output y = 2 * x\n}\n";
  const auto check = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"check", "-"});
    return run_kdlc({.words = options, .input = text});
  };
  const Outcome note = check({});
  CHECK(note.exit_code == 0);
  CHECK(contains(note.err, "note[K010]: the first line does not say `kdl 1`"));
  CHECK(check({"--allow", "no-header"}).err == "kdlc check: fine, 1 file\n");
  CHECK(check({"--allow", "K010"}).err == "kdlc check: fine, 1 file\n");
  CHECK(check({"--deny", "warnings"}).exit_code == 0);
  CHECK(check({"--deny", "no-header"}).exit_code == 1);
  const Outcome in_line = run_kdlc({.words = {"check", "-"}, .input = "// kdl:allow K010\n" + text});
  CHECK(in_line.err == "kdlc check: fine, 1 file\n");
}

TEST_CASE("names behind -W, --deny and --allow are those of messages") {
  for (const char* option : {"-W", "--deny", "--allow"}) {
    const Outcome outcome = call_kdlc({"check", "none.kdl", option, "no-heder"});
    INFO(outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK(contains(outcome.err, "no message is called"));
    CHECK(contains(outcome.err, "`kdlc explain` lists all"));
  }
  CHECK(contains(call_kdlc({"check", "x.kdl", "--deny", "warning"}).err, "did you mean `warnings`?"));
}

TEST_CASE("a KDL Document is recognised") {
  const Outcome outcome =
      run_kdlc({.words = {"check", "-"},
                .input = "package {\n  name \"demo\"\n  version \"1.0\"\n  dependency \"x\" optional=true\n}\n"});
  CHECK(outcome.exit_code == 1);
  CHECK(contains(outcome.err, "error[K001]"));
  CHECK_FALSE(contains(outcome.err, "K010"));
}
