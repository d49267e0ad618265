// Large, deep and circular sources end in a message, in time and memory that grow with the text.
#include <cstdint>

#include <fmt/format.h>

#include "catch.hpp"
#include "unit/check/check_text.hpp"

namespace kdlc {
namespace {

std::string times(std::size_t count, const std::string& piece) {
  std::string text;
  text.reserve(count * piece.size());
  for (std::size_t turn = 0; turn < count; ++turn) {
    text += piece;
  }
  return text;
}

std::string model(const std::string& body, const std::string& before = "") {
  return "kdl 1\n" + before + "model M {\n  input x: f32[N, 8]\n" + body + "\n}\n";
}
std::string output(const std::string& expression, const std::string& before = "") {
  return model("  output y = " + expression, before);
}

/// Codes of all messages but notes, the same code not twice in a row.
std::vector<std::string> codes_of(const std::string& text, const std::map<std::string, std::string>& files = {}) {
  testing::CheckedText checked;
  check::Options options;
  options.read_file = [&files](const std::string& path) {
    const auto found = files.find(path);
    return found == files.end() ? FileContents{false, "", "not here"} : FileContents{true, found->second, ""};
  };
  check_into(checked, "main.kdl", text, options);
  std::vector<std::string> codes = checked.codes();
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  INFO(text.substr(0, 60));
  CHECK(checked.model.has_value() == codes.empty());
  return codes;
}

using Codes = std::vector<std::string>;

/// Declarations f0, f1, … of which each applies the one before in `use`, written with {}.
std::string ladder(std::size_t count, const std::string& first, const std::string& begin, const std::string& use,
                   const std::string& end) {
  std::string text = first + "\n";
  for (std::size_t step = 1; step <= count; ++step) {
    text += fmt::format(fmt::runtime(begin), step) + fmt::format(fmt::runtime(use), step - 1) + end + "\n";
  }
  return text;
}
std::string blocks(std::size_t count, const std::string& use) {
  return ladder(count, "block f0(x) { return x -> relu }", "block f{}(x) {{ return x ", use, " }");
}

}  // namespace

TEST_CASE("a million lines are read or refused") {
  CHECK(codes_of(model(times(1'000'000, "\n") + "  output y = x")) == Codes{});
  CHECK(codes_of(model(times(900'000, "// a line\n") + "  output y = x")) == Codes{});
  CHECK(codes_of(model(times(1'000'001, "//\n") + "  output y = x")) == Codes{"K008"});
  CHECK(codes_of(model(times(1'000'000, "  a = x + 1\n"))) == Codes{"K008"});
  CHECK(codes_of(times(3'000'000, "(")) == Codes{"K008"});
}

TEST_CASE("deep nesting is refused") {
  for (const std::string& expression :
       {times(100'000, "(") + "x" + times(100'000, ")"), times(100'000, "-") + "x", times(100'000, "not ") + "x",
        "x -> " + times(5'000, "repeat 1 { ") + "relu" + times(5'000, " }"), times(100'000, "x ^ ") + "x",
        times(100'000, "x + ") + "x", times(10'000, "if true { x } else { ") + "x" + times(10'000, " }"),
        times(10'000, "if false { x } else ") + "{ x }"}) {
    CHECK(codes_of(output(expression)) == Codes{"K105"});
  }
  CHECK(codes_of(output("x", "const c = " + times(100'000, "[") + "1" + times(100'000, "]") + "\n")) == Codes{"K105"});
  CHECK(codes_of(output(times(100'000, "/*") + times(100'000, "*/") + "x")) == Codes{});
}

TEST_CASE("blocks and formulas that grow without bound are refused") {
  CHECK(codes_of(output("x -> f10000", blocks(10'000, "-> f{}"))) == Codes{"K410"});
  CHECK(codes_of(output("x -> f60", blocks(60, "-> f{0} -> f{0}"))) == Codes{"K410"});
  CHECK(codes_of(output("f60(x)", ladder(60, "fn f0(x) = x", "fn f{}(x) = ", "f{0}(f{0}(x))", ""))) == Codes{"K410"});
  CHECK(codes_of(output("x * f60(1)", ladder(60, "fn f0(x: int) = x", "fn f{}(x: int) = ", "f{0}(f{0}(x))", ""))) ==
        Codes{"K410"});
  CHECK(codes_of(output("x -> a", "block a(x) { return x -> b }\nblock b(x) { return x -> a }\n")) == Codes{"K411"});
  CHECK(codes_of(output("a(x)", "fn a(x) = b(x)\nfn b(x) = a(x)\n")) == Codes{"K411"});
  CHECK(codes_of(output("x -> repeat 1000000000 { relu }")) == Codes{"K410"});
  CHECK(codes_of(output("x -> repeat 9000000000000000000 { identity }")) == Codes{"K410"});
  CHECK(codes_of(output("x -> repeat i in -9000000000000000000..9000000000000000000 { relu }")) == Codes{"K410"});
  CHECK(codes_of(output("x -> " + times(6, "repeat 1000 { ") + "relu" + times(6, " }"))) == Codes{"K410"});
  CHECK(codes_of(output("x" + times(150'000, " -> relu"))) == Codes{"K410"});
}

TEST_CASE("constants that need one another are refused") {
  CHECK(codes_of(output("x * a", "const a = b\nconst b = a\n")) == Codes{"K202"});
  CHECK(codes_of(output("x * a", "const a = a + 1\n")) == Codes{"K202"});
  CHECK(codes_of(output("x * a", "const a = f(1)\nfn f(k: int) = k * b\nconst b = 2\n")) == Codes{"K202"});
  CHECK(codes_of(output("x * b", "const a = 2\nfn f(k: int) = k * a\nconst b = f(3)\n")) == Codes{});
}

TEST_CASE("imports in a circle are refused, long rows of imports are followed") {
  CHECK(codes_of(output("x -> m.f", "import \"main.kdl\" as m\n"), {{"main.kdl", ""}}).front() == "K702");
  CHECK(codes_of(output("x -> a.f", "import \"a.kdl\" as a\n"),
                 {{"a.kdl", "import \"b.kdl\" as b\nblock f(x) { return x -> b.f }"},
                  {"b.kdl", "import \"a.kdl\" as a\nblock f(x) { return x -> a.f }"}}) == Codes{"K702"});
  std::map<std::string, std::string> files{{"200.kdl", "block f(x) { return x -> relu }"}};
  for (int file = 0; file < 200; ++file) {
    files[fmt::format("{}.kdl", file)] =
        fmt::format("import \"{}.kdl\" as next\nblock f(x) {{ return x -> next.f }}", file + 1);
  }
  CHECK(codes_of(output("x -> a.f", "import \"0.kdl\" as a\n"), files) == Codes{});
}

TEST_CASE("sizes and numbers beyond 64 bits are refused where they are written") {
  const auto input = [](const std::string& type) {
    return "kdl 1\nmodel M {\n input x: " + type + "\n output y = x -> relu\n}\n";
  };
  CHECK(codes_of(input("f32[N, 9000000000, 9000000000]")) == Codes{"K336"});
  CHECK(codes_of(input("f32[N, 2000000, 2000000]")) == Codes{"K336"});
  CHECK(codes_of(input("f32[N, 99999999999999999999999]")) == Codes{"K100"});
  CHECK(codes_of(output("x -> reshape(2, 2, 2) -> upsample(2000000000) -> upsample(2000000000)")) == Codes{"K336"});
  CHECK(codes_of(output("x -> dense(9000000000000000000) as d")) == Codes{"K341"});
  CHECK(codes_of(output("x -> reshape(4294967296, 4294967296, 8)")) == Codes{"K318"});
  CHECK(codes_of(output("x[:, 9223372036854775807:-9223372036854775807:9223372036854775807]")) == Codes{"K315"});
  for (const std::string arithmetic : {"9000000000000000000 * 10", "9000000000000000000 + 9000000000000000000",
                                       "-9000000000000000000 - 9000000000000000000", "2 ^ 100000", "1 / 0", "5 % 0"}) {
    INFO(arithmetic);
    CHECK(codes_of(output("x * k", "const k = " + arithmetic + "\n")) == Codes{"K405"});
  }
  CHECK(codes_of(output("x * " + times(1'000'000, "1"))) == Codes{"K100"});
  CHECK(codes_of(output("x * 1e999999")) == Codes{"K100"});
}

TEST_CASE("long names, texts and patterns are read or refused in linear time") {
  std::string axes;
  for (int axis = 0; axis < 500; ++axis) {
    axes += fmt::format(" a{}", axis);
  }
  CHECK(codes_of(output("einsum(\"n" + axes + " -> n a0\", x)")) == Codes{"K351"});
  CHECK(codes_of(output("x -> tap(\"" + times(2'000'000, "a") + "\")")) == Codes{});
  CHECK(codes_of(output("x -> tap(\"" + times(2'000'000, "a"))).front() == "K100");
  const std::string name = times(200'000, "a");
  CHECK(codes_of(model("  " + name + " = x\n  output y = " + name)) == Codes{});
  CHECK(codes_of(model("  " + name + " = x\n  output y = " + name + "b")) == Codes{"K202"});
}

TEST_CASE("thousands of mistakes, models and arguments take linear time") {
  std::string unknown;
  std::string models = "kdl 1\n";
  for (int index = 0; index < 10'000; ++index) {
    unknown += fmt::format("  a{0} = zz{0}\n", index);
    models += fmt::format("model M{} {{ input x: f32[N, 8] output y = x -> dense(1) as h }}\n", index);
  }
  CHECK(codes_of(model(unknown + "  output y = x")) == Codes{"K202"});
  CHECK(codes_of(models) == Codes{});
  CHECK(codes_of(output("concat(" + times(20'000, "x, ") + "x)")) == Codes{});
}

}  // namespace kdlc
