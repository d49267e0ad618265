// Which messages are shown, as what, and in which order.
#include <string>
#include <vector>

#include "catch.hpp"
#include "sample_rows.hpp"

using namespace kdlc;
using sample::place_of;

namespace {

/// Reports a warning, a lint, a note and an error at the first `x` of `text`, and lists what is selected.
std::vector<std::string> selected(const std::string& text, const Policy& policy) {
  SourceSet sources;
  const SourceId source = sources.add("a.kdl", text);
  const Span place = place_of(sources, source, "x");
  Report report;
  report.add(place, sample::kUnusedBlock, "x");
  report.add(place, sample::kSilentOutput);
  report.add(place, sample::kNoVersion);
  report.add(place, sample::kBroadcast, "a", "b");
  std::vector<std::string> result;
  for (const Message& message : select_messages(report, sources, policy)) {
    result.push_back(std::string(message.kind->code) + (message.severity == Severity::error ? "!" : ""));
  }
  return result;
}

using Codes = std::vector<std::string>;

}  // namespace

TEST_CASE("lints are hidden until they are wanted") {
  CHECK(selected("x", {}) == Codes{"K216", "K006", "K314!"});
  CHECK(selected("x", {.wanted = {"lints"}}) == Codes{"K216", "K540", "K006", "K314!"});
  CHECK(selected("x", {.wanted = {"output-without-loss"}}) == Codes{"K216", "K540", "K006", "K314!"});
  CHECK(selected("x", {.wanted = {"k540"}}) == Codes{"K216", "K540", "K006", "K314!"});
}

TEST_CASE("warnings, lints and notes can be switched off by name or code, errors cannot") {
  CHECK(selected("x", {.allowed = {"unused-block", "K006", "K314", "broadcast-mismatch"}}) == Codes{"K314!"});
}

TEST_CASE("denied messages become errors and say so") {
  CHECK(selected("x", {.denied = {"warnings"}}) == Codes{"K216!", "K006", "K314!"});
  CHECK(selected("x", {.denied = {"K216"}}) == Codes{"K216!", "K006", "K314!"});
  CHECK(selected("x", {.denied = {"lints"}}) == Codes{"K216", "K540!", "K006", "K314!"});
  CHECK(selected("x", {.denied = {"output-without-loss"}}) == Codes{"K216", "K540!", "K006", "K314!"});
}

TEST_CASE("a line of the source can allow a code or name for itself") {
  CHECK(selected("x // kdl:allow K216", {}) == Codes{"K006", "K314!"});
  CHECK(selected("x // kdl:allow unused-block, no-version", {}) == Codes{"K314!"});
  CHECK(selected("x // because: kdl:allow K216 K006", {}) == Codes{"K314!"});
  CHECK(selected("x // kdl:allow K314", {}) == Codes{"K216", "K006", "K314!"});
  CHECK(selected("x // kdl:allow", {}) == Codes{"K216", "K006", "K314!"});
  CHECK(selected("x // kdl:allow K216", {.denied = {"warnings"}}) == Codes{"K006", "K314!"});
}

TEST_CASE("a comment that stands alone allows for the next line of code") {
  CHECK(selected("// kdl:allow K216\nx", {}) == Codes{"K006", "K314!"});
  CHECK(selected("  // kdl:allow K216\n/// Doc.\n  x", {}) == Codes{"K006", "K314!"});
  CHECK(selected("y // kdl:allow K216\nx", {}) == Codes{"K216", "K006", "K314!"});
  CHECK(selected("// kdl:allow K216\n\nx", {}) == Codes{"K216", "K006", "K314!"});
}

TEST_CASE("messages are sorted by file and place, keep their order at one place, and are said once") {
  SourceSet sources;
  const SourceId first = sources.add("a.kdl", "one two three");
  const SourceId second = sources.add("b.kdl", "one two");
  Report report;
  report.add(Span{}, sample::kBroadcast, "no", "place");
  report.add(place_of(sources, second, "one"), sample::kBroadcast, "b", "one");
  report.add(place_of(sources, first, "three"), sample::kBroadcast, "a", "three");
  report.add(place_of(sources, first, "one"), sample::kBroadcast, "a", "cause");
  report.add(place_of(sources, first, "one"), sample::kBroadcast, "a", "effect");
  report.add(place_of(sources, first, "one"), sample::kBroadcast, "a", "cause");
  std::vector<std::string> texts;
  for (const Message& message : select_messages(report, sources, {})) {
    texts.push_back(message.text);
  }
  CHECK(texts == std::vector<std::string>{"cannot add `a` to `cause`", "cannot add `a` to `effect`",
                                          "cannot add `a` to `three`", "cannot add `b` to `one`",
                                          "cannot add `no` to `place`"});
}
