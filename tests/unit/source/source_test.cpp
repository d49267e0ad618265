// Files, lines, columns and the check for text.
#include "source/source.hpp"

#include "catch.hpp"

using namespace kdlc;

TEST_CASE("positions count lines and characters from one") {
  const SourceFile file("a.kdl", "model A {\n  größe = x\r\n}\n");
  CHECK(file.line_count() == 4);
  CHECK(file.line(1) == "model A {");
  CHECK(file.line(2) == "  größe = x");
  CHECK(file.line(3) == "}");
  CHECK(file.line(4).empty());
  const auto offset = static_cast<std::uint32_t>(file.text().find("= x"));
  CHECK(file.position(offset).line == 2);
  CHECK(file.position(offset).column == 9);  // `ö` and `ß` are one character each
  CHECK(file.position(0).line == 1);
  CHECK(file.position(0).column == 1);
}

TEST_CASE("a place beyond the end is the end") {
  const SourceFile file("a.kdl", "ab");
  CHECK(file.position(99).line == 1);
  CHECK(file.position(99).column == 3);
  CHECK(file.text(Span{SourceId{0}, 1, 99}) == "b");
}

TEST_CASE("an empty file has one empty line") {
  const SourceFile file("a.kdl", "");
  CHECK(file.line_count() == 1);
  CHECK(file.line(1).empty());
  CHECK(file.position(0).line == 1);
}

TEST_CASE("a lone carriage return ends no line") {
  const SourceFile file("a.kdl", "a\rb\n");
  CHECK(file.line_count() == 2);
  CHECK(file.line(1) == "a\rb");
}

TEST_CASE("a set keeps files at their place") {
  SourceSet sources;
  const SourceId first = sources.add("a.kdl", "one");
  const std::string_view text = sources.file(first).text();
  for (int count = 0; count < 100; ++count) {
    sources.add("b.kdl", "two");
  }
  CHECK(sources.file(first).text().data() == text.data());
  CHECK(sources.text(Span{first, 1, 3}) == "ne");
  CHECK(sources.text(Span{}).empty());
}

TEST_CASE("spans join in either order, and with no place at all") {
  const SourceId id{0};
  CHECK(join(Span{id, 1, 3}, Span{id, 5, 9}) == Span{id, 1, 9});
  CHECK(join(Span{id, 5, 9}, Span{id, 1, 3}) == Span{id, 1, 9});
  CHECK(join(Span{}, Span{id, 1, 3}) == Span{id, 1, 3});
  CHECK(join(Span{id, 1, 3}, Span{}) == Span{id, 1, 3});
}

TEST_CASE("what is not UTF-8 text is found") {
  const auto none = std::string_view::npos;
  CHECK(find_non_text("") == none);
  CHECK(find_non_text("plain\n\ttext") == none);
  CHECK(find_non_text("größe × 学习 🙂") == none);
  CHECK(find_non_text(std::string_view("a\0b", 3)) == 1);
  CHECK(find_non_text("ab\xff") == 2);
  CHECK(find_non_text("\xc0\xaf") == 0);          // overlong
  CHECK(find_non_text("x\xed\xa0\x80") == 1);     // a surrogate
  CHECK(find_non_text("\xf4\x90\x80\x80") == 0);  // above U+10FFFF
  CHECK(find_non_text("ok\xe5\xad") == 2);        // cut short
  CHECK(find_non_text("\x80") == 0);
}
