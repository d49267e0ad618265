// Canonical source reads back as the same tree, and printing it again changes nothing.
#include <string>

#include "catch.hpp"
#include "support/golden.hpp"
#include "unit/syntax/parsed.hpp"
#include "unit/syntax/random_tree.hpp"

namespace kdlc::syntax {
namespace {

/// The canonical form of a text without mistakes; fails the test when it means something else or changes again.
std::string canonical(const std::string& text) {
  const Parsed written(text);
  CHECK(written.report.size() == 0);
  std::string printed = print(written.tree, written.sources);
  const Parsed again(printed);
  INFO(printed);
  CHECK(again.report.size() == 0);
  CHECK(dump(again.tree) == dump(written.tree));
  CHECK(again.tree.comments.size() == written.tree.comments.size());
  CHECK(print(again.tree, again.sources) == printed);
  return printed;
}

}  // namespace

TEST_CASE("samples keep their meaning, their comments and nearly their look") {
  for (const auto& path : testing::kdl_files("golden/samples")) {
    INFO(path);
    const std::string text = testing::read_test_file(path);
    const std::string printed = canonical(text);
    CHECK(std::count(printed.begin(), printed.end(), '\n') == std::count(text.begin(), text.end(), '\n'));
  }
}

TEST_CASE("random trees read back as they were") {
  for (std::uint32_t seed = 0; seed < 3'000; ++seed) {
    const Tree tree = random_tree(seed);
    const SourceSet none;
    const std::string printed = print(tree, none);
    INFO(seed);
    INFO(printed);
    const Parsed read(printed);
    REQUIRE(read.report.size() == 0);
    REQUIRE(dump(read.tree) == dump(tree));
    const std::string again = print(read.tree, read.sources);
    const Parsed reread(again);
    INFO(again);
    REQUIRE(dump(reread.tree) == dump(tree));
    REQUIRE(print(reread.tree, reread.sources) == again);
  }
}

TEST_CASE("one declaration a line, two spaces a level, at most one empty line") {
  CHECK(canonical("model A(n:int=3){input x:f32[N,4]\n\n\n\noutput y=x->dense(n,relu)as h;} block f(x){return x}") ==
        "kdl 1\n\nmodel A(n: int = 3) {\n  input x: f32[N, 4]\n\n  output y = x -> dense(n, relu) as h\n}\n"
        "block f(x) {\n  return x\n}\n");
}

TEST_CASE("arrows come first on continuation lines") {
  CHECK(canonical("kdl 1\n\nh = x ->\n  relu ->\n  dense(3)\n") == "kdl 1\n\nh = x\n  -> relu\n  -> dense(3)\n");
  CHECK(canonical("kdl 1\n\nh = x -> relu -> dense(3)\n") == "kdl 1\n\nh = x -> relu -> dense(3)\n");
  const std::string stage = " -> dense(a_setting_that_is_rather_long)";
  CHECK(canonical("kdl 1\n\nh = x" + stage + stage + stage + "\n") ==
        "kdl 1\n\nh = x\n " + stage + "\n " + stage + "\n " + stage + "\n");
}

TEST_CASE("columns that were lined up stay lined up") {
  CHECK(canonical("kdl 1\n\nh = x\n  -> dense(3)    as a\n  -> dense(300)  as b\n  -> relu\n  -> dense(5) as c\n") ==
        "kdl 1\n\nh = x\n  -> dense(3)   as a\n  -> dense(300) as b\n  -> relu\n  -> dense(5) as c\n");
  CHECK(canonical("kdl 1\n\na   = 1\nbcd = 2\n") == "kdl 1\n\na   = 1\nbcd = 2\n");
}

TEST_CASE("comments stay near what they speak of") {
  CHECK(canonical("// top\nkdl 1 // version\n\n/// Doc.\n// note\nmodel A { // opens\n  // first\n  a = x // head\n"
                  "    // before\n    -> relu // after\n  b = f(x, /* in */ 3)\n\n  // last\n} // closes\n// end\n") ==
        "// top\nkdl 1  // version\n\n/// Doc.\n// note\nmodel A {  // opens\n  // first\n  a = x  // head\n"
        "    // before\n    -> relu  // after\n  b = f(x, 3)  /* in */\n\n  // last\n}  // closes\n// end\n");
  canonical("kdl 1\nx = [ // one\n  1, // two\n  2 // three\n  // four\n] // five\n");
  canonical("kdl 1\nblock f( // a\n  x, // b\n  n: int // c\n) { // d\n return x } // e\n");
  canonical("kdl 1\nx = if a { // one\n  b // two\n} else { // three\n c } // four\n");
  canonical("kdl 1\nweights \"a\" { // one\n  \"a\": \"b\" // two\n  // three\n}\n");
  canonical("kdl 1\nlayer l = dense(3) // one\n  // two\n  -> relu /* three */ -> relu // four\n");
  canonical("kdl 1\nx = a -> repeat 3 { // one\n  relu // two\n  -> tanh // three\n} // four\n");
  canonical("kdl 1\nx = a + // one\n  b * /* two\n lines */ c // three\ny = 2 // four\n");
  canonical("kdl 1\nmodel A { /* empty */ }\nmodel B {\n// only\n}\n/// dangling\n");
}

}  // namespace kdlc::syntax
