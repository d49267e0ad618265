// Messages as JSON.
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "sample_rows.hpp"

using namespace kdlc;
using nlohmann::json;
using sample::place_of;

TEST_CASE("the document holds the same facts as the text") {
  SourceSet sources;
  const SourceId source = sources.add("a.kdl", "größe = a + b\n");
  Report report;
  report.add(place_of(sources, source, "a + b"), sample::kBroadcast, "a", "b")
      .at_caret("4 against 3")
      .label(place_of(sources, source, "b"), "3")
      .note("a note")
      .help("write `c`", Edit{place_of(sources, source, "b"), "c"});
  const json document = json::parse(render_json(select_messages(report, sources, {}), sources));
  CHECK(document["version"] == 1);
  CHECK(document["error_count"] == 1);
  CHECK(document["warning_count"] == 0);
  const json& message = document["messages"][0];
  CHECK(message["code"] == "K314");
  CHECK(message["name"] == "broadcast-mismatch");
  CHECK(message["severity"] == "error");
  CHECK(message["message"] == "cannot add `a` to `b`");
  CHECK(message["file"] == "a.kdl");
  CHECK(message["line"] == 1);
  CHECK(message["column"] == 9);
  CHECK(message["end_column"] == 14);
  CHECK(message["begin_byte"] == 10);
  CHECK(message["label"] == "4 against 3");
  CHECK(message["labels"][0]["message"] == "3");
  CHECK(message["labels"][0]["column"] == 13);
  CHECK(message["notes"][0] == "a note");
  CHECK(message["helps"][0]["edits"][0]["replacement"] == "c");
}

TEST_CASE("a message without a place has no file, and an empty list is a document too") {
  Report report;
  report.add(Span{}, sample::kNoVersion);
  const SourceSet sources;
  const json document = json::parse(render_json(select_messages(report, sources, {}), sources));
  CHECK(document["messages"][0]["file"].is_null());
  CHECK_FALSE(document["messages"][0].contains("line"));
  CHECK(json::parse(render_json({}, sources))["messages"].empty());
}

TEST_CASE("a path that is not UTF-8 does no harm") {
  SourceSet sources;
  const SourceId source = sources.add("bad\xff.kdl", "x");
  Report report;
  report.add(Span{source, 0, 1}, sample::kNoVersion);
  CHECK_NOTHROW(json::parse(render_json(select_messages(report, sources, {}), sources)));
}
