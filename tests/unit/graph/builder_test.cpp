// The builder infers the type of every primitive, and the dump shows the graph.
#include "catch.hpp"
#include "graph/graph.hpp"

using namespace kdlc;
using namespace kdlc::graph;

namespace {

TensorType f32(std::vector<Dim> axes) {
  return {.dtype = DType::f32, .shape = {std::move(axes)}};
}
Dim n() {
  return Dim::batch();
}

/// A graph with one input x of this type, and a builder.
struct OneInput {
  explicit OneInput(TensorType type) : x(builder.input({.name = "x"}, std::move(type))) {}
  [[nodiscard]] std::string type_of(NodeId node) const { return graph.node(node).type.to_text(); }
  NodeId weight(std::string path, std::vector<Dim> axes) {
    return builder.parameter({.path = std::move(path), .type = f32(std::move(axes))});
  }

  Graph graph;
  Builder builder{graph};
  NodeId x;
};

}  // namespace

TEST_CASE("a dense layer") {
  OneInput g(f32({n(), 4}));
  const NodeId y =
      g.builder.contraction({.left = "nk", .right = "kf", .output = "nf"}, g.x, g.weight("kernel", {4, 3}));
  CHECK(g.type_of(y) == "f32[N, 3]");
  CHECK(g.type_of(g.builder.map2(MapOp::add, y, g.weight("bias", {3}))) == "f32[N, 3]");
}

TEST_CASE("a convolution's size follows stride, padding and dilation") {
  OneInput g(f32({n(), 28, 27, 1}));
  ContractionAttributes conv{.left = "nhwc",
                             .right = "pqcf",
                             .output = "nhwf",
                             .windows = {{.output = 'h', .window = 'p', .stride = 2, .pad_low = 1, .pad_high = 1},
                                         {.output = 'w', .window = 'q', .dilation = 2}}};
  CHECK(g.type_of(g.builder.contraction(conv, g.x, g.weight("k", {3, 3, 1, 8}))) == "f32[N, 14, 23, 8]");
}

TEST_CASE("a transposed convolution spreads its input") {
  OneInput g(f32({n(), 5, 2}));
  ContractionAttributes conv{
      .left = "nhc",
      .right = "pcf",
      .output = "nhf",
      .windows = {{.output = 'h', .window = 'p', .pad_low = 1, .pad_high = 2, .input_dilation = 2}}};
  CHECK(g.type_of(g.builder.contraction(conv, g.x, g.weight("k", {3, 2, 4}))) == "f32[N, 10, 4]");
}

TEST_CASE("a size known at run time goes through a window") {
  OneInput g(f32({n(), Dim::symbol("T"), 2}));
  ContractionAttributes conv{
      .left = "nhc", .right = "pcf", .output = "nhf", .windows = {{.output = 'h', .window = 'p'}}};
  CHECK(g.type_of(g.builder.contraction(conv, g.x, g.weight("k", {3, 2, 4}))) == "f32[N, T - 2, 4]");
}

TEST_CASE("pooling, reductions and moves") {
  OneInput g(f32({n(), 7, 8, 3}));
  CHECK(g.type_of(g.builder.window_reduce(
            {.reducer = Reducer::maximum, .windows = {{.size = 2, .stride = 2}, {.size = 3, .pad_low = 1}}}, g.x)) ==
        "f32[N, 3, 7, 3]");
  CHECK(g.type_of(g.builder.reduce(Reducer::mean, g.x, {1, 2}, false)) == "f32[N, 3]");
  CHECK(g.type_of(g.builder.reduce(Reducer::mean, g.x, {1, 2}, true)) == "f32[N, 1, 1, 3]");
  CHECK(g.type_of(g.builder.reshape(g.x, {{n(), 56, 3}})) == "f32[N, 56, 3]");
  CHECK(g.type_of(g.builder.transpose(g.x, {0, 3, 1, 2})) == "f32[N, 3, 7, 8]");
  CHECK(g.type_of(g.builder.slice(g.x, {0, 6, 0, 1}, {n(), 4, 8, 2}, {1, -2, 1, 1})) == "f32[N, 4, 8, 2]");
  CHECK(g.type_of(g.builder.pad(g.x, {0, 1, 1, 0}, {0, 2, 0, 0}, 0)) == "f32[N, 10, 9, 3]");
  CHECK(g.type_of(g.builder.concat({g.x, g.x}, 3)) == "f32[N, 7, 8, 6]");
}

TEST_CASE("maps broadcast and change types") {
  OneInput g(f32({n(), 7, 3}));
  const NodeId scale = g.weight("scale", {3});
  CHECK(g.type_of(g.builder.map2(MapOp::multiply, g.x, scale)) == "f32[N, 7, 3]");
  CHECK(g.type_of(g.builder.map2(MapOp::less, g.x, scale)) == "bool[N, 7, 3]");
  CHECK(g.type_of(g.builder.cast(g.x, DType::i8)) == "i8[N, 7, 3]");
  CHECK(g.builder.cast(g.x, DType::f32) == g.x);
  CHECK(g.type_of(g.builder.broadcast_to(scale, {{n(), 7, 3}})) == "f32[N, 7, 3]");
}

TEST_CASE("what the caller must have checked is asserted") {
  OneInput g(f32({n(), 5}));
  const NodeId w = g.weight("w", {5, 5});
  CHECK_THROWS_AS(g.builder.map2(MapOp::add, g.x, w), InternalError);
  CHECK_THROWS_AS(g.builder.reduce(Reducer::sum, g.x, {0}, false), InternalError);
  CHECK_THROWS_AS(g.builder.transpose(g.x, {1, 0}), InternalError);
  CHECK_THROWS_AS(g.builder.reshape(g.x, {{n(), 6}}), InternalError);
  CHECK_THROWS_AS(g.builder.slice(g.x, {0, 2}, {n(), 4}, {1, 1}), InternalError);
  CHECK_THROWS_AS(g.builder.concat({g.x, w}, 1), InternalError);
  CHECK_THROWS_AS(g.builder.contraction({.left = "nk", .right = "kn", .output = "n"}, g.x, w), InternalError);
}

TEST_CASE("prepared values depend on weights alone and have a known size") {
  OneInput g(f32({n(), 3}));
  const NodeId w = g.weight("w", {3});
  const NodeId doubled = g.builder.map2(MapOp::add, w, w);
  const NodeId repeated = g.builder.broadcast_to(doubled, {{n(), 3}});
  const NodeId sum = g.builder.map2(MapOp::add, g.x, repeated);
  const auto prepared = find_prepared(g.graph);
  CHECK(prepared[w]);
  CHECK(prepared[doubled]);
  CHECK_FALSE(prepared[repeated]);
  CHECK_FALSE(prepared[g.x]);
  g.graph.outputs.push_back({.name = "y", .node = sum});
  const auto uses = count_uses(g.graph);
  CHECK(uses[w] == 1);  // w + w reads it as one operand
  CHECK(uses[sum] == 1);
}

TEST_CASE("the dump shows every node with its attributes, type and records") {
  OneInput g(f32({n(), 28, 28, 1}));
  g.graph.name = "LeNet";
  const RecordId record = g.graph.records.push_back({.path = "conv1", .kind = "conv2d"});
  g.builder.set_record(record);
  ContractionAttributes conv{.left = "nhwc",
                             .right = "pqcf",
                             .output = "nhwf",
                             .windows = {{.output = 'h', .window = 'p', .stride = 2, .pad_low = 1, .pad_high = 1},
                                         {.output = 'w', .window = 'q', .stride = 2, .pad_low = 1, .pad_high = 1}}};
  const NodeId y = g.builder.contraction(conv, g.x, g.weight("conv1.kernel", {3, 3, 1, 8}));
  const NodeId z = g.builder.map2(MapOp::multiply, y, g.builder.scalar(0.5, DType::f32));
  const NodeId pooled =
      g.builder.window_reduce({.reducer = Reducer::mean, .windows = {{.size = 2, .stride = 2}, {.size = 2}}}, z);
  g.graph.outputs.push_back(
      {.name = "probs", .node = g.builder.slice(pooled, {0, 1, 0, 0}, {n(), 2, 13, 8}, {1, 2, 1, 1})});
  CHECK(dump(g.graph) == R"(graph LeNet
%0 = input x : f32[N, 28, 28, 1]
%1 = parameter conv1.kernel : f32[3, 3, 1, 8]   // conv1
%2 = contraction nhwc,pqcf->nhwf windows h:p stride 2 pad 1,1, w:q stride 2 pad 1,1 (%0, %1) : f32[N, 14, 14, 8]   // conv1
%3 = constant 0.5 : f32[]   // conv1
%4 = map a * b (%2, %3) : f32[N, 14, 14, 8]   // conv1
%5 = window_reduce mean from axis 1: 2 stride 2, 2 (%4) : f32[N, 7, 13, 8]   // conv1
%6 = slice [0+N, 1+2 step 2, 0+13, 0+8] (%5) : f32[N, 2, 13, 8]   // conv1
output probs = %6
)");
  CHECK(verify(g.graph).empty());
}
