// The collector.
#include "catch.hpp"
#include "sample_rows.hpp"

using namespace kdlc;

TEST_CASE("a message has its row's severity, and its facts filled in") {
  Report report;
  const Message& message = report.add(Span{}, sample::kBroadcast, "a", std::string("b"));
  CHECK(message.text == "cannot add `a` to `b`");
  CHECK(message.severity == Severity::error);
  CHECK(message.kind == &sample::kBroadcast);
}

TEST_CASE("only errors count as errors") {
  Report report;
  report.add(Span{}, sample::kUnusedBlock, "head");
  report.add(Span{}, sample::kSilentOutput);
  report.add(Span{}, sample::kNoVersion);
  CHECK_FALSE(report.has_errors());
  report.add(Span{}, sample::kBroadcast, "a", "b");
  CHECK(report.error_count() == 1);
}

TEST_CASE("speculative messages can be taken back, and references stay good") {
  Report report;
  Message& first = report.add(Span{}, sample::kUnusedBlock, "head");
  const std::size_t before = report.size();
  for (int count = 0; count < 1000; ++count) {
    report.add(Span{}, sample::kNoVersion);
  }
  report.truncate(before);
  CHECK(report.size() == 1);
  first.note("still here");
  CHECK(report.messages().front().notes.front() == "still here");
}

TEST_CASE("a label or an edit without a place is said, not pointed at") {
  Report report;
  Message& message = report.add(Span{}, sample::kNoVersion);
  message.label(Span{}, "given by `-D classes=3`").help("write it", Edit{Span{}, "kdl 1"});
  CHECK(message.labels.empty());
  CHECK(message.notes == std::vector<std::string>{"given by `-D classes=3`"});
  CHECK(message.helps.front().edits.empty());
}
