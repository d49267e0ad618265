// What the checker makes of small models.
#include "catch.hpp"
#include "unit/check/check_text.hpp"

namespace kdlc {

namespace {

std::vector<std::string> codes_of(const std::string& text) {
  testing::CheckedText checked;
  check_into(checked, "m.kdl", "kdl 1\n" + text);
  INFO(checked.rendered());
  return checked.codes();
}

std::vector<std::string> weight_paths(const std::string& text) {
  testing::CheckedText checked;
  check_into(checked, "m.kdl", "kdl 1\n" + text);
  INFO(checked.rendered());
  REQUIRE(checked.model.has_value());
  std::vector<std::string> paths;
  for (const graph::ParameterInfo& parameter : checked.model->graph.parameters) {
    paths.push_back(parameter.path + " " + parameter.type.shape.to_text());
  }
  return paths;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("weights are named by scope, layer and tensor") {
  CHECK(weight_paths("model M { input x: f32[N, 4]\n output y = x -> dense(2) as head }") ==
        Texts{"head.kernel [4, 2]", "head.bias [2]"});
}

TEST_CASE("unnamed layers take the bound name, a second of a kind a number") {
  CHECK(weight_paths("model M { input x: f32[N, 4]\n h = x -> dense(3, bias: false) -> dense(2, bias: false)\n"
                     " output y = h -> dense(1, bias: false) }") ==
        Texts{"h.dense.kernel [4, 3]", "h.dense2.kernel [3, 2]", "y.dense.kernel [2, 1]"});
}

TEST_CASE("turn numbers follow the name of the layer") {
  CHECK(weight_paths("model M { input x: f32[N, 4]\n"
                     " output y = x -> repeat 2 { repeat 2 { dense(4, bias: false) as unit } } }") ==
        Texts{"unit.0.0.kernel [4, 4]", "unit.0.1.kernel [4, 4]", "unit.1.0.kernel [4, 4]", "unit.1.1.kernel [4, 4]"});
}

TEST_CASE("a layer of one stage is its own name") {
  CHECK(weight_paths("model M { input x: f32[N, 4]\n layer enc = dense(4, bias: false)\n"
                     " output y = x -> enc -> enc }") == Texts{"enc.kernel [4, 4]"});
}

TEST_CASE("a layer inside a layer is made once") {
  CHECK(weight_paths("block b(x) { layer inner = dense(4, bias: false)\n return x -> inner -> inner }\n"
                     "model M { input x: f32[N, 4]\n layer enc = b -> relu\n output y = x -> enc -> enc }") ==
        Texts{"enc.b.inner.kernel [4, 4]"});
}

TEST_CASE("settings of the command line replace defaults") {
  testing::CheckedText checked;
  check::Options options;
  options.defines = {{"classes", "26"}};
  check_into(checked, "m.kdl",
             "kdl 1\nmodel M(classes: int = 10) { input x: f32[N, 4]\n output y = x -> dense(classes) as h }", options);
  REQUIRE(checked.model.has_value());
  CHECK(checked.model->graph.parameters.front().type.to_text() == "f32[4, 26]");
}

TEST_CASE("blocks that apply themselves are refused without overflow") {
  CHECK(codes_of("block a(x) { return x -> b }\nblock b(x) { return x -> a }\n"
                 "model M { input x: f32[N, 4]\n output y = x -> a }") == Texts{"K411"});
}

TEST_CASE("a repeat with zeros too many is refused") {
  CHECK(codes_of("model M { input x: f32[N, 4]\n output y = x -> repeat 1000000000 { relu } }") == Texts{"K410"});
}

TEST_CASE("blocks that double eighty times are refused") {
  std::string text = "block b0(x) { return x -> relu }\n";
  for (int level = 1; level <= 80; ++level) {
    const std::string inner = "b" + std::to_string(level - 1);
    text += "block b" + std::to_string(level) + "(x) { return x -> " + inner + " -> " + inner + " }\n";
  }
  CHECK(codes_of(text + "model M { input x: f32[N, 4]\n output y = x -> b80 }") == Texts{"K410"});
}

TEST_CASE("a sum of two hundred terms is walked") {
  std::string text = "x";
  for (int term = 0; term < 200; ++term) {
    text += " + x";
  }
  CHECK(codes_of("model M { input x: f32[N, 4]\n output y = " + text + " }") == Texts{});
}

TEST_CASE("arithmetic on settings is exact") {
  CHECK(weight_paths("model M(w: int = 10) { input x: f32[N, 4]\n"
                     " output y = x -> dense(floor(w / 4) + ceil(w / 4) + w % 4 + 2 ^ 3, bias: false) as h }") ==
        Texts{"h.kernel [4, 15]"});
  CHECK(codes_of("model M(w: int = 10) { input x: f32[N, 4]\n output y = x -> dense(w / 4) as h }") == Texts{"K304"});
  CHECK(codes_of("model M(w: int = 0) { input x: f32[N, 4]\n output y = x -> dense(4 / w) as h }") == Texts{"K405"});
}

TEST_CASE("a word that only other settings take is an unknown name") {
  CHECK(codes_of("model M { input x: f32[N, 4]\n output y = x -> dense(same) as h }") == Texts{"K202"});
  CHECK(codes_of("model M { input x: f32[N, 4]\n output y = x -> dense(classes) as h }") == Texts{"K202"});
}

TEST_CASE("shape gives the sizes of a tensor as settings") {
  CHECK(
      codes_of("model M { input x: f32[N, 4]\n require shape(x)[1] == 4\n output y = x -> dense(shape(x)[1]) as h }") ==
      Texts{});
  CHECK(codes_of("model M { input x: f32[N, 4]\n require shape(4) == [1]\n output y = x -> dense(3) as h }") ==
        Texts{"K404"});
}

TEST_CASE("three mistakes and one knock-on are three messages") {
  CHECK(codes_of("model M {\n input x: f32[N, 4]\n input z: f32[N, 5]\n a = x + z\n b = x -> dens(3) as b\n"
                 " c = x -> dense(0) as c\n output y = a -> dense(1) as head\n}") == Texts{"K314", "K202", "K341"});
}

TEST_CASE("an error inside a block is reported once for all its applications") {
  testing::CheckedText checked;
  check_into(checked, "m.kdl",
             "kdl 1\nblock bad(x) { return x -> conv2d(4, 3) as c }\n"
             "model M { input x: f32[N, 4]\n a = x -> bad as a\n b = x -> bad as b\n output y = a + b }");
  CHECK(checked.codes() == Texts{"K310"});
  CHECK(checked.rendered().find("the same in 1 further application") != std::string::npos);
}

TEST_CASE("a value that hangs loose inside a block is found") {
  CHECK(codes_of("block b(x) { lost = x -> dense(2) as lost\n return x -> dense(4) as kept }\n"
                 "model M { input x: f32[N, 4]\n output y = x -> b as b }") == Texts{"K210"});
}

TEST_CASE("the example of every diagnostic of the checker raises it, and no other error") {
  for (const DiagnosticKind* kind : all_diagnostics()) {
    const bool is_ours = kind->code >= "K11" && kind->code < "K50";
    if (!is_ours || kind->example.empty() || kind->code.substr(0, 3) == "K35") {
      continue;
    }
    testing::CheckedText checked;
    check_into(checked, "example.kdl", std::string(kind->example));
    INFO(kind->code << "\n" << checked.rendered());
    bool is_raised = false;
    for (const Message& message : checked.report.messages()) {
      is_raised = is_raised || message.kind->code == kind->code;
      CHECK((message.severity != Severity::error || message.kind->code == kind->code));
    }
    CHECK(is_raised);
  }
}

}  // namespace kdlc
