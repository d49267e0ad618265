// Multiply-adds of contractions, against the products written out.
#include "report/count_operations.hpp"

#include "catch.hpp"

using namespace kdlc;
using namespace kdlc::graph;

namespace {

/// A graph with one contraction of an input and a weight, counted.
std::int64_t count_of(const Shape& left, const Shape& right, const ContractionAttributes& attributes,
                      bool has_dim = false) {
  Graph graph;
  Builder builder(graph);
  if (has_dim) {
    graph.dims.push_back({"T", 100, {}});
  }
  const NodeId x = builder.input({.name = "x"}, {DType::f32, left});
  const NodeId kernel = builder.parameter({.path = "layer.kernel", .type = {DType::f32, right}});
  const NodeId node = builder.contraction(attributes, x, kernel);
  return report::multiply_adds(graph, node, report::largest_sizes(graph));
}

}  // namespace

TEST_CASE("dense: inputs times outputs for one sample") {
  CHECK(count_of({{Dim::batch(), 784}}, {{784, 10}}, {.left = "nk", .right = "kf", .output = "nf"}) == 784 * 10);
}

TEST_CASE("dense over a declared dim counts its bound") {
  CHECK(count_of({{Dim::batch(), Dim::symbol("T"), 8}}, {{8, 3}}, {.left = "ntk", .right = "kf", .output = "ntf"},
                 true) == 100 * 8 * 3);
}

TEST_CASE("convolution: result elements times window times channels") {
  const ContractionAttributes same = {.left = "nhwc",
                                      .right = "pqcf",
                                      .output = "nhwf",
                                      .windows = {{.output = 'h', .window = 'p', .pad_low = 2, .pad_high = 2},
                                                  {.output = 'w', .window = 'q', .pad_low = 2, .pad_high = 2}}};
  CHECK(count_of({{Dim::batch(), 28, 28, 1}}, {{5, 5, 1, 6}}, same) == 28 * 28 * 6 * 5 * 5 * 1);
}

TEST_CASE("depthwise: no sum over channels") {
  const ContractionAttributes depthwise = {.left = "nhwc",
                                           .right = "pqcm",
                                           .output = "nhwcm",
                                           .windows = {{.output = 'h', .window = 'p'}, {.output = 'w', .window = 'q'}}};
  CHECK(count_of({{Dim::batch(), 10, 10, 4}}, {{3, 3, 4, 1}}, depthwise) == 8 * 8 * 4 * 9);
}

TEST_CASE("other primitives count nothing") {
  Graph graph;
  Builder builder(graph);
  const NodeId x = builder.input({.name = "x"}, {DType::f32, {{Dim::batch(), 8}}});
  const NodeId y = builder.reduce(Reducer::sum, x, {1}, false);
  CHECK(report::multiply_adds(graph, y, report::largest_sizes(graph)) == 0);
}
