// kdlc explain.
#include "catch.hpp"
#include "cli/run_kdlc.hpp"
#include "diagnostics/diagnostics.hpp"
#include "diagnostics/pages.hpp"

using namespace kdlc::testing;

TEST_CASE("explain lists every diagnostic") {
  const Outcome outcome = call_kdlc({"explain"});
  CHECK(outcome.exit_code == 0);
  for (const kdlc::DiagnosticKind* row : kdlc::all_diagnostics()) {
    CHECK(contains(outcome.out, std::string(row->code) + "  "));
    CHECK(contains(outcome.out, std::string(row->name) + "\n"));
  }
}

TEST_CASE("a code is explained in any spelling, with its example") {
  const Outcome outcome = call_kdlc({"explain", "K314"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.starts_with("K314 (broadcast-mismatch), error\n"));
  CHECK(contains(outcome.out, "For example:\n\n    kdl 1\n"));
  for (const char* word : {"k314", "314", "broadcast-mismatch"}) {
    CHECK(call_kdlc({"explain", word}).out == outcome.out);
  }
}

TEST_CASE("an unknown code offers the nearest") {
  const Outcome outcome = call_kdlc({"explain", "broadcast-mismach"});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.out.empty());
  CHECK(contains(outcome.err, "did you mean `broadcast-mismatch`?"));
}

TEST_CASE("the causes of disconnected graphs have a page each, with a wrong and a right program") {
  for (const kdlc::Page& page : kdlc::all_pages()) {
    const Outcome outcome = call_kdlc({"explain", std::string(page.name)});
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.out.starts_with(page.title));
    CHECK(contains(outcome.out, "For example, wrong (" + std::string(page.code) + "):\n\n    kdl 1\n"));
    CHECK(contains(outcome.out, "and right:\n\n    kdl 1\n"));
  }
  CHECK(contains(call_kdlc({"explain"}).out, "connections: "));
}
