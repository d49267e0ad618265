// Messages as text.
#include <string>

#include "catch.hpp"
#include "sample_rows.hpp"

using namespace kdlc;
using sample::place_of;

namespace {

/// A report over files, rendered; checks what holds for every text.
class Page {
public:
  SourceId add(const std::string& path, const std::string& text) { return sources.add(path, text); }
  [[nodiscard]] Span at(SourceId source, std::string_view words, int count = 1) const {
    return place_of(sources, source, words, count);
  }
  [[nodiscard]] std::string text() const {
    const std::string result = "\n" + render_text(report.messages().front(), sources, {});
    CHECK(result.find(" \n") == std::string::npos);
    CHECK(result.find('\t') == std::string::npos);
    return result;
  }

  SourceSet sources;
  Report report;
};

}  // namespace

TEST_CASE("both ends of a mistake are shown, and the edited line of a help") {
  Page page;
  const SourceId id =
      page.add("net.kdl", "kdl 1\nmodel A {\n  input a: f32[N, 3]\n  input b: f32[N, 4]\n  output y = a + b\n}\n");
  page.report.add(page.at(id, "a + b"), sample::kBroadcast, "a", "b")
      .at_caret("last axes differ")
      .label(page.at(id, "f32[N, 3]"), "`a` is 3")
      .label(page.at(id, "f32[N, 4]"), "`b` is 4")
      .note("the rule\nin two lines")
      .help("drop `b`", Edit{page.at(id, " + b"), ""})
      .help("or give both the same size");
  CHECK(page.text() == R"(
error[K314]: cannot add `a` to `b`
 --> net.kdl:5:14
  |
3 |   input a: f32[N, 3]
  |            --------- `a` is 3
4 |   input b: f32[N, 4]
  |            --------- `b` is 4
5 |   output y = a + b
  |              ^^^^^ last axes differ
  |
  = note: the rule
          in two lines
help: drop `b`
  |
5 -   output y = a + b
5 +   output y = a
  |
  = help: or give both the same size
)");
}

TEST_CASE("several words on one line hang from their places; wide characters and tabs keep carets in place") {
  Page page;
  const SourceId id = page.add("net.kdl", "\tz = \"学习\" + 𝛼\n");
  page.report.add(page.at(id, "+"), sample::kBroadcast, "a", "b")
      .at_caret("cannot add")
      .label(page.at(id, "\"学习\""), "this is text")
      .label(page.at(id, "𝛼"), "`𝛼` is 3");
  CHECK(page.text() == R"(
error[K314]: cannot add `a` to `b`
 --> net.kdl:1:11
  |
1 |     z = "学习" + 𝛼
  |         ------ ^ - `𝛼` is 3
  |         |      |
  |         |      cannot add
  |         this is text
)");
}

TEST_CASE("a span over several lines is drawn beside them, and another file gets its own snippet") {
  Page page;
  const SourceId id = page.add("net.kdl", "a = dense(\n     3,\n     4\n  )\n");
  const SourceId other = page.add("lib.kdl", "block halves(x) {\n  return x\n}\n");
  page.report.add(page.at(id, "dense(\n     3,\n     4\n  )"), sample::kBroadcast, "a", "b")
      .at_caret("this call")
      .label(page.at(id, "4"), "four")
      .label(page.at(other, "return x"), "in `halves`");
  CHECK(page.text() == R"(
error[K314]: cannot add `a` to `b`
 --> net.kdl:1:5
  |
1 |   a = dense(
  |  _____^
2 | |      3,
3 | |      4
  | |      - four
4 | |   )
  | |___^ this call
  |
 ::: lib.kdl:2:3
  |
2 |   return x
  |   -------- in `halves`
)");
}

TEST_CASE("a long span shows its ends, and begins beside the line when nothing stands before it") {
  Page page;
  const SourceId id = page.add("net.kdl", "  q {\n1\n2\n3\n4\n5\n6\n7\n8\n}");
  page.report.add(page.at(id, "q {\n1\n2\n3\n4\n5\n6\n7\n8\n}"), sample::kUnusedBlock, "q").at_caret("all of it");
  CHECK(page.text() == R"(
warning[K216]: block `q` is never used
  --> net.kdl:1:3
   |
 1 | /   q {
 2 | | 1
...  |
 9 | | 8
10 | | }
   | |_^ all of it
)");
}

TEST_CASE("one line between two shown lines is shown, more are left out") {
  Page page;
  const SourceId id = page.add("net.kdl", "a\nb\nc\nd\ne\nf\n");
  page.report.add(page.at(id, "a"), sample::kNoVersion).label(page.at(id, "c"), "").label(page.at(id, "f"), "last");
  CHECK(page.text() == R"(
note[K006]: no `kdl 1` line
 --> net.kdl:1:1
  |
1 | a
  | ^
2 | b
3 | c
  | -
...
6 | f
  | - last
)");
}

TEST_CASE("an inserted line is one added line; the end of a file can be pointed at") {
  Page page;
  const SourceId id = page.add("net.kdl", "model A {\n");
  const auto size = static_cast<std::uint32_t>(page.sources.file(id).text().size());
  page.report.add(Span{id, size, size}, sample::kNoVersion)
      .at_caret("here")
      .help("add", Edit{Span{id, 0, 0}, "kdl 1\n"});
  CHECK(page.text() == R"(
note[K006]: no `kdl 1` line
 --> net.kdl:2:1
  |
2 |
  | ^ here
  |
help: add
  |
1 + kdl 1
)");
}

TEST_CASE("edits of distant lines are separate groups, numbered as they will be") {
  Page page;
  const SourceId id = page.add("net.kdl", "a\nb\nc\nd\ne\n");
  Message& message = page.report.add(page.at(id, "a"), sample::kNoVersion);
  message.helps.push_back({"change", {Edit{page.at(id, "e"), "E"}, Edit{page.at(id, "a"), "A\nA2"}}});
  CHECK(page.text() == R"(
note[K006]: no `kdl 1` line
 --> net.kdl:1:1
  |
1 | a
  | ^
  |
help: change
  |
1 - a
1 + A
2 + A2
...
5 - e
6 + E
)");
}

TEST_CASE("a message without a place is its title and notes") {
  Page page;
  page.report.add(Span{}, sample::kNoVersion).note("nowhere");
  CHECK(page.text() == "\nnote[K006]: no `kdl 1` line\n  = note: nowhere\n");
}

TEST_CASE("what a terminal would obey is never printed") {
  Page page;
  const SourceId id = page.add("net.kdl",
                               "a \x1b[2J b \xe2\x80\xae"
                               "c\n");
  page.report.add(page.at(id, "b"), sample::kUnusedBlock, "\x1b[31mx").at_caret("\x07");
  const std::string text = page.text();
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
  CHECK(text.find("\xe2\x80\xae") == std::string::npos);
}

TEST_CASE("a very long line is shown in part") {
  Page page;
  std::string line(5000, 'a');
  line[4000] = 'b';
  const SourceId id = page.add("net.kdl", line);
  page.report.add(page.at(id, "b"), sample::kNoVersion).at_caret("here");
  const std::string text = page.text();
  CHECK(text.size() < 600);
  CHECK(text.find("…a") != std::string::npos);
  CHECK(text.find("^ here") != std::string::npos);
}

TEST_CASE("colour comes on request only, and changes nothing else") {
  Page page;
  const SourceId id = page.add("net.kdl", "a + b\n");
  page.report.add(page.at(id, "a + b"), sample::kBroadcast, "a", "b").help("drop", Edit{page.at(id, " + b"), ""});
  std::string coloured = "\n" + render_text(page.report.messages().front(), page.sources, {.colour = true});
  CHECK(coloured.find("\x1b[1;31merror[K314]") != std::string::npos);
  for (std::size_t at = coloured.find('\x1b'); at != std::string::npos; at = coloured.find('\x1b')) {
    coloured.erase(at, coloured.find('m', at) - at + 1);
  }
  CHECK(coloured == page.text());
}
