// No text makes the parser crash, throw or take long.
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"
#include "unit/syntax/parsed.hpp"

namespace kdlc::syntax {
namespace {

std::string repeated(const std::string& piece, std::size_t count) {
  std::string text;
  text.reserve(piece.size() * count);
  for (std::size_t index = 0; index < count; ++index) {
    text += piece;
  }
  return text;
}

}  // namespace

TEST_CASE("deep and long texts end in a message") {
  for (const std::string& text :
       {"x = " + repeated("(", 100'000), "x = " + repeated("[", 100'000) + repeated("]", 100'000),
        repeated("model A {", 50'000), "x = " + repeated("-", 100'000) + "1", "x = " + repeated("not ", 100'000) + "a",
        "x = 2" + repeated("^2", 100'000), "x = a" + repeated(" + a", 100'000), "x = a" + repeated(".a", 100'000),
        "x = a" + repeated("(1)", 100'000), "x = " + repeated("if a { b } else ", 50'000) + "{ c }",
        "x = " + repeated("a(-", 200) + "1" + repeated(")", 200),
        "x = " + repeated("(2 ^ ", 200) + "1" + repeated(")", 200)}) {
    const Parsed parsed(text);
    INFO(text.substr(0, 40));
    REQUIRE(parsed.report.size() >= 1);
    CHECK(parsed.report.messages()[0].kind->code == "K105");
    CHECK_FALSE(dump(parsed.tree).empty());
  }
}

TEST_CASE("long and flat texts are read") {
  CHECK(Parsed("x = a" + repeated(" -> relu", 20'000)).report.size() == 0);
  CHECK(Parsed("x = [1" + repeated(", 1", 50'000) + "]").report.size() == 0);
  CHECK(Parsed("x = a" + repeated(" + a", 900)).report.size() == 0);
  CHECK(Parsed(repeated("x = a\n", 50'000)).report.size() == 0);
  CHECK(Parsed("x = " + repeated("(", 250) + "1" + repeated(")", 250)).report.size() == 0);
  CHECK(Parsed(repeated("/*", 100'000)).report.size() == 1);
  CHECK(Parsed(repeated("/*", 100'000) + repeated("*/", 100'000)).report.size() == 0);
}

TEST_CASE("every mistake of many is said, in time that grows with the text") {
  CHECK(Parsed("model M {\n" + repeated("  x = a ->\n", 3'000) + "}\n").report.size() == 3'000);
  CHECK(Parsed("model M {\n" + repeated("  x = f(a\n", 3'000) + "}\n").report.size() == 3'000);
  CHECK(Parsed("model M {\n" + repeated("  x = \"a\n", 3'000) + "}\n").report.size() == 3'000);
  CHECK(Parsed("model M {\n" + repeated("  x = a ? b\n", 3'000) + "}\n").report.size() == 3'000);
}

TEST_CASE("token soup") {
  const std::vector<std::string> tokens{
      "kdl",    "dim",    "weights", "train", "loss",   "test",    "input",  "output", "layer", "param",
      "import", "model",  "block",   "fn",    "const",  "require", "return", "repeat", "in",    "if",
      "else",   "as",     "not",     "and",   "expect", "within",  "true",   "x",      "y",     "f32",
      "1",      "2.5",    "\"s\"",   "\"o",   "'",      "(",       ")",      "[",      "]",     "{",
      "}",      "->",     "=>",      "..",    "...",    "==",      "=",      ":",      ",",     ";",
      ".",      "+",      "-",       "*",     "/",      "^",       "@",      "#c",     "//c\n", "/*c*/",
      "/*",     "///d\n", "\n",      "\n  ",  "\t",     "é",       "→",      "|>",     "&&",    "!",
      "1.",     ".5",     "2x",      "elif",  "def",    "let",     "modle",  "\\"};
  std::mt19937 random(7);
  for (int round = 0; round < 3'000; ++round) {
    std::string text;
    const std::size_t length = 1 + random() % 60;
    for (std::size_t index = 0; index < length; ++index) {
      text += tokens[random() % tokens.size()];
      text += random() % 4 == 0 ? "" : " ";
    }
    INFO(text);
    const Parsed parsed(text);
    for (const Message& message : parsed.report.messages()) {
      REQUIRE(message.span.begin <= message.span.end);
      REQUIRE(message.span.end <= text.size());
      REQUIRE_FALSE(render_text(message, parsed.sources, {}).empty());
    }
    REQUIRE_FALSE(dump(parsed.tree).empty());
    REQUIRE_FALSE(print(parsed.tree, parsed.sources).empty());
    REQUIRE(parsed.mended().size() < 100 * text.size() + 1000);
  }
}

TEST_CASE("samples with a token lost, doubled or changed") {
  const std::string sample =
      "kdl 1\nblock f(x: f32[N, C], n: int = 3) -> f32[N, n] {\n  return x -> repeat i in 0..n { dense(C) as d } -> "
      "dense(n)\n}\nmodel A(k: int = 2) {\n  input x: f32[N, 4] in 0..3\n  h, _ = (x, x) -> lstm(3, states: true)\n"
      "  output y = if k == 2 { h } else { x[:, 0:2] }\n  weights \"w\", prefix: \"p\" { \"a\": \"b\" }\n"
      "  train { target t: f32[N]  loss l = 0.5 * mse(y, t)  optimizer adam(lr: 1e-3) }\n}\n";
  std::mt19937 random(11);
  for (int round = 0; round < 3'000; ++round) {
    std::string text = sample;
    for (std::size_t change = 0; change < 1 + random() % 3; ++change) {
      const std::size_t place = random() % text.size();
      const std::size_t length = std::min<std::size_t>(1 + random() % 4, text.size() - place);
      if (random() % 2 == 0) {
        text.erase(place, length);
      } else {
        text.insert(place, text.substr(random() % text.size(), length));
      }
    }
    INFO(text);
    const Parsed parsed(text);
    REQUIRE(parsed.report.size() < 30);
    REQUIRE_FALSE(dump(parsed.tree).empty());
  }
}

}  // namespace kdlc::syntax
