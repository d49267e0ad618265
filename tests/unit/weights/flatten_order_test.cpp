// A dense layer behind a flattened image, trained where channels come first.
#include "weights/flatten_order.hpp"

#include "catch.hpp"
#include "weight_files.hpp"

using namespace kdlc;
using namespace kdlc::test;

namespace {

enum class Between { nothing, transpose, activation };

std::string warning_for(std::vector<Dim> image, Between between) {
  graph::Graph graph;
  graph::Builder builder(graph);
  image.insert(image.begin(), Dim::batch());
  graph::InputInfo input;
  input.name = "x";
  graph::NodeId x = builder.input(input, {DType::f32, Shape{image}});
  const std::int64_t count = builder.type(x).shape.elements_per_sample();
  if (between == Between::transpose) {
    x = builder.transpose(x, {0, 3, 1, 2});
  }
  x = builder.reshape(x, Shape{{Dim::batch(), count}});
  if (between == Between::activation) {
    x = builder.map1(graph::MapOp::negate, x);
  }
  graph::ParameterInfo parameter;
  parameter.path = "fc.kernel";
  parameter.type = {DType::f32, Shape{{count, 2}}};
  graph::MapBuilder map;
  graph::ContractionAttributes attributes;
  attributes.left = "nk";
  attributes.right = "kf";
  attributes.output = "nf";
  attributes.epilogue = map.finish(map.operand(0, DType::f32));
  builder.contraction(attributes, x, builder.parameter(parameter));
  Report report;
  weights::report_flatten_order(graph, report);
  return text_of(report);
}

const std::string kWarning =
    "K620 `fc.kernel` reads a flattened 4×3×8, whose numbers PyTorch has in another order\n"
    "  help: write `-> transpose(axes: [0, 3, 1, 2]) -> flatten`\n";

}  // namespace

TEST_CASE("a dense layer behind a flattened image is told, activations between them or not") {
  CHECK(warning_for({4, 3, 8}, Between::nothing) == kWarning);
  CHECK(warning_for({4, 3, 8}, Between::activation) == kWarning);
}

TEST_CASE("a transpose before the flatten, one channel or one pixel are silent") {
  CHECK(warning_for({4, 3, 8}, Between::transpose).empty());
  CHECK(warning_for({4, 3, 1}, Between::nothing).empty());
  CHECK(warning_for({1, 1, 8}, Between::nothing).empty());
}
