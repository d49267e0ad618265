// The command line as a whole: help, version, and what is not understood.
#include "catch.hpp"
#include "cli/run_kdlc.hpp"

using namespace kdlc::testing;

TEST_CASE("help lists every command and goes to standard output") {
  for (const char* word : {"--help", "-h", "help"}) {
    const Outcome outcome = call_kdlc({word});
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.err.empty());
    CHECK(contains(outcome.out, "  explain "));
    CHECK(contains(outcome.out, "  layers "));
    CHECK(contains(outcome.out, "exit codes: 0 fine"));
  }
}

TEST_CASE("every listed command has help of its own") {
  const std::string help = call_kdlc({"--help"}).out;
  std::size_t commands = 0;
  const std::size_t begin = help.find("commands:\n") + 10;
  for (std::size_t line = begin; help.compare(line, 2, "  ") == 0; line = help.find('\n', line) + 1) {
    const std::string name = help.substr(line + 2, help.find(' ', line + 2) - line - 2);
    const Outcome outcome = call_kdlc({name, "--help"});
    INFO(name);
    CHECK(outcome.exit_code == 0);
    CHECK(contains(outcome.out, "usage: kdlc " + name));
    CHECK(contains(outcome.out, "--help"));
    CHECK(call_kdlc({"help", name}).out == outcome.out);
    ++commands;
  }
  CHECK(commands >= 2);
}

TEST_CASE("no command is wrong usage, with help on standard error") {
  const Outcome outcome = call_kdlc({});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.out.empty());
  CHECK(contains(outcome.err, "commands:"));
}

TEST_CASE("the version is one line") {
  const Outcome outcome = call_kdlc({"--version"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.starts_with("kdlc "));
  CHECK(outcome.out.find('\n') == outcome.out.size() - 1);
}

TEST_CASE("an unknown command is wrong usage and offers the nearest") {
  const Outcome outcome = call_kdlc({"explian"});
  CHECK(outcome.exit_code == 2);
  CHECK(contains(outcome.err, "unknown command `explian`; did you mean `explain`?"));
  CHECK(contains(call_kdlc({"model.kdl"}).err, "did you mean `kdlc check model.kdl`?"));
  CHECK(contains(call_kdlc({"--verbose"}).err, "unknown option `--verbose`"));
}

TEST_CASE("an unknown option is wrong usage and offers the nearest") {
  const Outcome outcome = call_kdlc({"explain", "--hlep"});
  CHECK(outcome.exit_code == 2);
  CHECK(contains(outcome.err, "unknown option `--hlep`; did you mean `--help`?"));
  CHECK(contains(outcome.err, "`kdlc explain --help`"));
}

TEST_CASE("words too many are wrong usage") {
  const Outcome outcome = call_kdlc({"explain", "K314", "K315"});
  CHECK(outcome.exit_code == 2);
  CHECK(contains(outcome.err, "`K315` is too many"));
}

TEST_CASE("a result that cannot be written is not fine") {
  const Outcome outcome = run_kdlc({.words = {"explain"}, .out_file = "/dev/full"});
  CHECK(outcome.exit_code == 3);
  CHECK(contains(outcome.err, "could not be written"));
}
