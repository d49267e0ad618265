// Broadcasting with samples, and the matrix product.
#include "catch.hpp"
#include "unit/catalogue/bind_application.hpp"

using namespace kdlc;

namespace {

using Infer = std::optional<TensorType> (*)(const catalogue::BoundInput&, const catalogue::BoundInput&, const Span&,
                                            Report&);

std::string outcome(Infer infer, std::string_view left, std::string_view right) {
  Report report;
  const auto type = infer({.type = testing::type_from_text(left), .span = {}, .text = "a"},
                          {.type = testing::type_from_text(right), .span = {}, .text = "b"}, {}, report);
  CHECK(type.has_value() == (report.size() == 0));
  return type ? type->to_text() : std::string(report.messages().front().kind->code);
}

std::string added(std::string_view left, std::string_view right) {
  return outcome([](const auto& a, const auto& b, const Span& span,
                    Report& report) { return catalogue::infer_broadcast("add", a, b, span, report); },
                 left, right);
}
std::string multiplied(std::string_view left, std::string_view right) {
  return outcome(catalogue::infer_matmul, left, right);
}

}  // namespace

TEST_CASE("N meets N or nothing") {
  CHECK(added("f32[N, 5, 4]", "f32[4]") == "f32[N, 5, 4]");
  CHECK(added("f32[N, 5, 4]", "f32[]") == "f32[N, 5, 4]");
  CHECK(added("f32[1, 5, 1]", "f32[N, 1, 4]") == "f32[N, 5, 4]");
  CHECK(added("f32[N, 5, 4]", "f32[N, 4]") == "K314");
  CHECK(added("f32[N]", "f32[N, 5]") == "K314");
  CHECK(added("f32[3, 4]", "f32[N, 4]") == "K314");
  CHECK(added("f32[2, 1, 4]", "f32[N, 4]") == "K314");
  CHECK(added("f32[N, 4]", "i32[N, 4]") == "K321");
}

TEST_CASE("the matrix product keeps samples apart") {
  CHECK(multiplied("f32[N, 8]", "f32[8, 3]") == "f32[N, 3]");
  CHECK(multiplied("f32[N, 5, 8]", "f32[8, 3]") == "f32[N, 5, 3]");
  CHECK(multiplied("f32[N, 5, 8]", "f32[N, 8, 3]") == "f32[N, 5, 3]");
  CHECK(multiplied("f32[N, 2, 5, 8]", "f32[2, 8, 3]") == "f32[N, 2, 5, 3]");
  CHECK(multiplied("f32[4, 8]", "f32[8, 3]") == "f32[4, 3]");
  CHECK(multiplied("f32[4, 8]", "f32[N, 8, 3]") == "f32[N, 4, 3]");
  CHECK(multiplied("f32[N, 8]", "f32[7, 3]") == "K313");
  CHECK(multiplied("f32[N, 8]", "f32[N, 8, 3]") == "K313");
  CHECK(multiplied("f32[4, 8]", "f32[N, 8]") == "K313");
  CHECK(multiplied("f32[N]", "f32[8, 3]") == "K313");
}

TEST_CASE("the matrix product has the primitives of its type") {
  const std::vector<std::pair<std::string_view, std::string_view>> pairs = {
      {"f32[N, 8]", "f32[8, 3]"},    {"f32[N, 2, 5, 8]", "f32[2, 8, 3]"}, {"f32[N, 2, 5, 8]", "f32[N, 1, 8, 3]"},
      {"f32[4, 8]", "f32[N, 8, 3]"}, {"f32[4, 8]", "f32[8, 3]"},          {"f32[1, 5, 8]", "f32[N, 8, 3]"},
      {"f32[N, 5, 8]", "f32[8, 3]"}, {"f32[N, 1, 5, 8]", "f32[1, 8, 3]"},
  };
  for (const auto& [left, right] : pairs) {
    CAPTURE(left, right);
    graph::Graph graph;
    graph::Builder builder(graph);
    const auto a = builder.input({.name = "a"}, testing::type_from_text(left));
    const auto b = builder.input({.name = "b"}, testing::type_from_text(right));
    CHECK(builder.type(catalogue::lower_matmul(builder, a, b)).to_text() == multiplied(left, right));
    CHECK(graph::verify(graph).empty());
  }
}
