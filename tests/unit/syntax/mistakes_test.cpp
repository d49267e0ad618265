// Each mistake gives one message at its own place; where a fix is offered, the mended text parses.
#include <string>
#include <vector>

#include "catch.hpp"
#include "unit/syntax/parsed.hpp"

namespace kdlc::syntax {
namespace {

struct Mistake {
  std::string body;                 // of a model; its first line is line 3 of the file
  std::vector<std::string> places;  // "code line:column"
  bool is_mended_by_edits = true;
};

}  // namespace

TEST_CASE("mistakes in a body") {
  const std::vector<Mistake> mistakes{
      {"x = row -> dense(3", {"K100 3:21"}},
      {"x = row -> conv2d(3, [3, 3)", {"K100 3:29"}},
      {"x = row -> dense(3]", {"K100 3:21"}},
      {"x = row -> dense(3))", {"K100 3:22"}},
      {"x = row ->", {"K100 3:11"}, false},
      {"x = row -> -> dense(3)", {"K100 3:14"}},
      {"x = -> dense(3)", {"K100 3:5"}, false},
      {"x = row +\n  y = row -> relu", {"K100 3:11"}, false},
      {"x = row => dense(3)\n  y = x |> relu", {"K100 3:11", "K100 4:9"}},
      {"x = row → relu", {"K100 3:11"}},
      {"x row -> dense(3)", {"K100 3:4"}},
      {"row -> dense(3)", {"K100 3:3"}},
      {"let x = row -> dense(3)", {"K100 3:3"}},
      {"x = row -> dense(3 relu)", {"K100 3:21"}},
      {"x = row -> dense(units=3, activation=relu)", {"K101 3:25"}},
      {"x = row -> relu # ramp\n  y = row # again", {"K103 3:19"}},
      {"x =\n  loss mse(row, row)", {"K104 3:5"}, false},
      {"x = row +\n    target", {"K104 4:5"}, false},
      {"x = dense(row, 16) as h", {"K106 3:22"}},
      {"x = row * .5 + 1.", {"K107 3:13", "K107 3:18"}},
      {"output a, b = row -> lstm(3, states: true)", {"K108 3:13"}},
      {"input input: f32[N]\n  x = input -> relu", {"K109 3:9"}},
      {"in = row -> relu\n  y = concat(in, row)", {"K109 3:3"}},
      {"x = row -> dense(3) as as", {"K109 3:26"}},
      {"input y f32[N, 4]", {"K100 3:10"}},
      {"input y: f32(N, 4)", {"K100 3:15"}},
      {"input y: f32[N 4]", {"K100 3:17"}},
      {"h: f32[N, 4 = row", {"K100 3:14"}},
      {"inptu y: f32[N, 4]\n  ouput z = y", {"K100 3:3", "K100 4:3"}},
      {"x = if true { row }", {"K100 3:22"}, false},
      {"x = if true { row } elif false { row } else { row }", {"K100 3:23"}},
      {"x = row -> repeat 3 dense(3)", {"K100 3:22"}, false},
      {"x = row -> repeat i 0..3 { dense(3) }", {"K100 3:22"}},
      {"x = row -> dense(3) + row", {"K100 3:23"}},
      {"x = 0 < row < 1", {"K100 3:15"}, false},
      {"x += 1", {"K100 3:5"}, false},
      {"for i in 0..3 {\n    x = row -> relu\n  }", {"K100 3:3"}, false},
      {"x = row -> tap(\"here)\n  y = row", {"K100 3:18"}, false},
      {"weights \"a.safetensors\n  y = row", {"K100 3:11"}},
      {"weights \"a\\q\"", {"K100 3:13"}},
      {"x = 'a'\n  y = “b”", {"K100 3:7", "K100 4:7"}},
      {"x = 2x + 0x1F", {"K100 3:7", "K100 3:12"}, false},
      {"x = row && row || row", {"K100 3:11", "K100 3:18"}},
      {"x = row ? 1", {"K100 3:11"}, false},
      {"x = 99999999999999999999", {"K100 3:7"}, false},
      {"test {\n    expect row ~= 1\n  }", {"K100 3:8"}, false},
      {"weights \"f\" { \"a\" = \"b\" }", {"K100 3:21"}},
      {"x = row /* never", {"K100 3:11"}, false},
      {"x = row -> 3", {"K100 3:14"}, false},
      {"return", {"K100 3:9"}, false},
      {"input", {"K100 3:8"}, false},
  };
  for (const Mistake& mistake : mistakes) {
    const Parsed parsed("kdl 1\nmodel M {\n  " + mistake.body + "\n  z = row -> relu\n}\n");
    INFO(mistake.body);
    CHECK(parsed.places() == mistake.places);
    if (mistake.is_mended_by_edits) {
      INFO(parsed.mended());
      CHECK(Parsed(parsed.mended()).places().empty());
    }
  }
}

TEST_CASE("what comes after a mistake is read") {
  for (const std::string body :
       {"x = row -> dense(3", "x = row ->", "x = row -> repeat 3 dense(3)", "input y f32[N, 4]", "x row -> dense(3)",
        "for i in 0..3 {\n x = row\n}", "x = row -> 3", "test {\n}"}) {
    const Parsed parsed("kdl 1\nmodel M {\n  " + body + "\n  zz = row -> relu\n}\nmodel Other {\n}\n");
    INFO(body);
    CHECK(dump(parsed.tree).find("    bind\n      target zz\n") != std::string::npos);
    CHECK(dump(parsed.tree).find("  model Other\n") != std::string::npos);
    CHECK(parsed.report.size() == 1);
  }
}

TEST_CASE("mistakes around bodies") {
  CHECK(Parsed("modle A {\n  input x: f32[N, 4]\n}\n").places() == std::vector<std::string>{"K100 1:1"});
  CHECK(Parsed("model A {\n  x = y\n\nmodel B {\n}\n").places() == std::vector<std::string>{"K100 2:8"});
  CHECK(Parsed("model A {\n  x = y\n").places() == std::vector<std::string>{"K100 2:8"});
  CHECK(Parsed("model A {\n  x = y }\n  z = x\n}\n").places() == std::vector<std::string>{"K100 2:9"});
  CHECK(Parsed("model A {\n}\n}\n").places() == std::vector<std::string>{"K100 3:1"});
  CHECK(Parsed("model A:\n  x = y\n").places() == std::vector<std::string>{"K100 1:8"});
  CHECK(Parsed("block f(x, n: int {\n  return x\n}\n").places() == std::vector<std::string>{"K100 1:18"});
  CHECK(Parsed("def f(x) {\n  return x\n}\n").places() == std::vector<std::string>{"K100 1:1"});
  CHECK(Parsed("kdl 2\nmodel A {\n}\n").places() == std::vector<std::string>{"K003 1:5"});
  CHECK(Parsed("package {\n  name my-pkg\n  version \"1.2.3\"\n}\n").places() == std::vector<std::string>{"K001 1:1"});
  CHECK(Parsed("import numpy as np\nmodel A {\n}\n").places() == std::vector<std::string>{"K100 1:8"});
}

}  // namespace kdlc::syntax

namespace kdlc::syntax {

TEST_CASE("the example of each syntax diagnostic raises it, and nothing else") {
  for (const std::string_view code :
       {"K001", "K003", "K100", "K101", "K103", "K104", "K105", "K106", "K107", "K108", "K109"}) {
    const DiagnosticKind* kind = find_diagnostic(code);
    INFO(code);
    REQUIRE(kind != nullptr);
    const Parsed parsed{std::string(kind->example)};
    REQUIRE(parsed.report.size() == 1);
    CHECK(parsed.report.messages()[0].kind->code == code);
  }
}

}  // namespace kdlc::syntax
