// Each pass on the smallest graph that shows it: text before, text after.
#include "passes/passes.hpp"

#include "catch.hpp"
#include "passes/pass_list.hpp"

using namespace kdlc;
using namespace kdlc::graph;

namespace {

TensorType f32(std::vector<Dim> axes) {
  return {.dtype = DType::f32, .shape = {std::move(axes)}};
}
Dim n() {
  return Dim::batch();
}

/// A graph with one input; records are made by name.
struct Model {
  explicit Model(std::vector<Dim> axes) : x(builder.input({.name = "x"}, f32(std::move(axes)))) { graph.name = "M"; }
  NodeId weight(std::string path, std::vector<Dim> axes) {
    return builder.parameter({.path = std::move(path), .type = f32(std::move(axes))});
  }
  void layer(std::string path) { builder.set_record(graph.records.push_back({.path = std::move(path)})); }
  NodeId relu(NodeId value) { return builder.map2(MapOp::maximum, value, builder.scalar(0, DType::f32)); }
  /// The dump after a pass, with y as output; without the line of its name.
  std::string after(Graph (*pass)(Graph), NodeId y) {
    graph.outputs.push_back({.name = "y", .node = y});
    const Graph result = pass(graph);
    CHECK(verify(result) == std::vector<std::string>{});
    const std::string text = dump(result);
    return text.substr(text.find('\n'));
  }

  Graph graph;
  Builder builder{graph};
  NodeId x;
};

Graph optimised(Graph graph) {
  return passes::optimise(std::move(graph), {});
}

Graph split_spread(Graph graph) {
  return passes::simplify_moves(passes::split_spread_contractions(std::move(graph)));
}

}  // namespace

TEST_CASE("dead nodes go, inputs and parameters stay") {
  Model m({n(), 2});
  m.weight("w", {2});
  m.builder.map1(MapOp::exp, m.x);
  CHECK(m.after(passes::remove_dead_nodes, m.builder.map1(MapOp::tanh, m.x)) == R"(
%0 = input x : f32[N, 2]
%1 = parameter w : f32[2]
%2 = map tanh(a) (%0) : f32[N, 2]
output y = %2
)");
}

TEST_CASE("forgotten states are zeros") {
  Model m({n(), 2});
  const NodeId state = m.builder.state({.name = "sum"}, f32({n(), 2}));
  const NodeId next = m.builder.map2(MapOp::add, m.x, state);
  m.graph.states[0].next = next;
  CHECK(m.after(passes::forget_states, m.builder.map1(MapOp::tanh, next)) == R"(
%0 = input x : f32[N, 2]
%1 = constant 0 : f32[]
%2 = map a (%1) : f32[N, 2]
%3 = map a + b (%0, %2) : f32[N, 2]
%4 = map tanh(a) (%3) : f32[N, 2]
output y = %4
)");
}

TEST_CASE("equal nodes are computed once, and serve both layers") {
  Model m({n(), 2});
  m.layer("first");
  const NodeId first = m.relu(m.x);
  m.layer("second");
  const NodeId second = m.relu(m.x);
  m.builder.set_record({});
  CHECK(m.after(passes::merge_equal_nodes, m.builder.concat({first, second}, 1)) == R"(
%0 = input x : f32[N, 2]
%1 = constant 0 : f32[]   // first, second
%2 = map maximum(a, b) (%0, %1) : f32[N, 2]   // first, second
%3 = concat axis 1 (%2, %2) : f32[N, 4]
output y = %3
)");
}

TEST_CASE("constants that differ in the sign of zero are two") {
  Model m({n(), 2});
  const NodeId zero = m.builder.scalar(0.0, DType::f32);
  const NodeId minus_zero = m.builder.scalar(-0.0, DType::f32);
  const NodeId y = m.builder.map2(MapOp::divide, m.builder.map2(MapOp::divide, m.x, zero), minus_zero);
  CHECK(m.after(passes::merge_equal_nodes, y).find("-0") != std::string::npos);
}

TEST_CASE("moves that move nothing go") {
  Model m({n(), 2, 3});
  NodeId y = m.builder.reshape(m.x, {{n(), 6}});
  y = m.builder.reshape(y, {{n(), 2, 3}});
  y = m.builder.transpose(y, {0, 2, 1});
  y = m.builder.transpose(y, {0, 2, 1});
  y = m.builder.slice(y, {0, 0, 0}, {n(), 2, 3}, {1, 1, 1});
  y = m.builder.pad(y, {0, 0, 0}, {0, 0, 0}, 0);
  y = m.builder.concat({y}, 1);
  CHECK(m.after(passes::simplify_moves, m.builder.map1(MapOp::exp, y)) == R"(
%0 = input x : f32[N, 2, 3]
%1 = map exp(a) (%0) : f32[N, 2, 3]
output y = %1
)");
}

TEST_CASE("an output may be an input after all") {
  Model m({n(), 2, 3});
  CHECK(m.after(passes::simplify_moves, m.builder.reshape(m.builder.reshape(m.x, {{n(), 6}}), {{n(), 2, 3}})) == R"(
%0 = input x : f32[N, 2, 3]
output y = %0
)");
}

TEST_CASE("two transposes are one, and one that moves axes of 1 is a reshape") {
  Model m({n(), 2, 3, 1});
  const NodeId turned = m.builder.transpose(m.builder.transpose(m.x, {0, 2, 1, 3}), {0, 3, 1, 2});
  const NodeId moved = m.builder.transpose(m.x, {0, 3, 1, 2});
  m.graph.outputs.push_back({.name = "moved", .node = moved});
  CHECK(m.after(passes::simplify_moves, turned) == R"(
%0 = input x : f32[N, 2, 3, 1]
%1 = transpose 0,3,2,1 (%0) : f32[N, 1, 3, 2]
%2 = reshape (%0) : f32[N, 1, 2, 3]
output moved = %2
output y = %1
)");
}

TEST_CASE("nested concats are one") {
  Model m({n(), 2});
  const NodeId pair = m.builder.concat({m.x, m.builder.map1(MapOp::exp, m.x)}, 1);
  CHECK(m.after(passes::simplify_moves, m.builder.concat({pair, m.x}, 1)) == R"(
%0 = input x : f32[N, 2]
%1 = map exp(a) (%0) : f32[N, 2]
%2 = concat axis 1 (%0, %1, %0) : f32[N, 6]
output y = %2
)");
}

TEST_CASE("batch norm goes into the weights of a convolution, bias and all") {
  Model m({n(), 8, 3});
  m.layer("conv");
  NodeId y = m.builder.contraction(
      {.left = "nhc", .right = "pcf", .output = "nhf", .windows = {{.output = 'h', .window = 'p'}}}, m.x,
      m.weight("conv.kernel", {3, 3, 4}));
  y = m.builder.map2(MapOp::add, y, m.weight("conv.bias", {4}));
  m.layer("norm");
  y = m.builder.map2(MapOp::multiply, y, m.weight("norm.scale", {4}));
  y = m.builder.map2(MapOp::add, y, m.weight("norm.shift", {4}));
  CHECK(m.after(passes::fold_scale_into_contraction, y) == R"(
%0 = input x : f32[N, 8, 3]
%1 = parameter conv.kernel : f32[3, 3, 4]   // conv
%2 = parameter conv.bias : f32[4]   // conv
%3 = parameter norm.scale : f32[4]   // norm
%4 = reshape (%3) : f32[1, 1, 4]   // norm
%5 = map a * b (%1, %4) : f32[3, 3, 4]   // norm
%6 = map a * b (%2, %3) : f32[4]   // norm
%7 = parameter norm.shift : f32[4]   // norm
%8 = map a + b (%6, %7) : f32[4]   // norm
%9 = contraction nhc,pcf->nhf windows h:p then a + b (%0, %5, %8) : f32[N, 6, 4]   // conv, norm
output y = %9
)");
}

TEST_CASE("a scale per row of the output cannot go into the weights") {
  Model m({n(), 8, 3});
  const NodeId y =
      m.builder.contraction({.left = "nhc", .right = "cf", .output = "nhf"}, m.x, m.weight("kernel", {3, 4}));
  CHECK(m.after(passes::fold_scale_into_contraction, m.builder.map2(MapOp::multiply, y, m.weight("scale", {8, 1})))
            .find("contraction nhc,cf->nhf (%0, %1)") != std::string::npos);
}

TEST_CASE("weights that another layer reads are not scaled") {
  Model m({n(), 3});
  const NodeId kernel = m.weight("kernel", {3, 3});
  const NodeId y = m.builder.contraction({.left = "nk", .right = "kf", .output = "nf"}, m.x, kernel);
  const NodeId scaled = m.builder.map2(MapOp::multiply, y, m.weight("scale", {3}));
  const NodeId again = m.builder.contraction({.left = "nk", .right = "kf", .output = "nf"}, scaled, kernel);
  CHECK(m.after(passes::fold_scale_into_contraction, again).find("map a * b (%2, %3) : f32[N, 3]") !=
        std::string::npos);
}

TEST_CASE("padding becomes a node of its own") {
  Model m({n(), 8, 8, 3});
  ContractionAttributes conv{.left = "nhwc",
                             .right = "pqcf",
                             .output = "nhwf",
                             .windows = {{.output = 'h', .window = 'p', .stride = 2, .pad_low = 1, .pad_high = 0},
                                         {.output = 'w', .window = 'q', .pad_low = 1, .pad_high = 1}}};
  CHECK(m.after(passes::make_padding_explicit, m.builder.contraction(conv, m.x, m.weight("k", {3, 3, 3, 4}))) == R"(
%0 = input x : f32[N, 8, 8, 3]
%1 = parameter k : f32[3, 3, 3, 4]
%2 = pad 0,0 1,0 1,1 0,0 (%0) : f32[N, 9, 10, 3]
%3 = contraction nhwc,pqcf->nhwf windows h:p stride 2, w:q (%2, %1) : f32[N, 4, 8, 4]
output y = %3
)");
}

TEST_CASE("a spread input is spread by moves") {
  Model m({n(), 5, 3});
  ContractionAttributes conv{
      .left = "nhc",
      .right = "pcf",
      .output = "nhf",
      .windows = {{.output = 'h', .window = 'p', .pad_low = 2, .pad_high = 0, .input_dilation = 2}}};
  CHECK(m.after(passes::make_padding_explicit, m.builder.contraction(conv, m.x, m.weight("k", {3, 3, 4}))) == R"(
%0 = input x : f32[N, 5, 3]
%1 = parameter k : f32[3, 3, 4]
%2 = reshape (%0) : f32[N, 5, 1, 3]
%3 = pad 0,0 0,0 0,1 0,0 (%2) : f32[N, 5, 2, 3]
%4 = reshape (%3) : f32[N, 10, 3]
%5 = slice [0+N, 0+9, 0+3] (%4) : f32[N, 9, 3]
%6 = pad 0,0 2,0 0,0 (%5) : f32[N, 11, 3]
%7 = contraction nhc,pcf->nhf windows h:p (%6, %1) : f32[N, 9, 4]
output y = %7
)");
}

TEST_CASE("phases that see the same input are columns of one contraction") {
  Model m({n(), 5, 3});
  ContractionAttributes conv{
      .left = "nhc",
      .right = "pcf",
      .output = "nhf",
      .windows = {{.output = 'h', .window = 'p', .pad_low = 1, .pad_high = 1, .input_dilation = 2}}};
  conv.epilogue = [] {
    MapBuilder map;
    return map.finish(map.add(map.operand(0, DType::f32), map.operand(1, DType::f32)));
  }();
  const NodeId kernel = m.weight("k", {2, 3, 4});
  const NodeId y = m.builder.contraction(conv, m.x, kernel, {m.weight("b", {10, 1})});
  CHECK(m.after(split_spread, y) == R"(
%0 = input x : f32[N, 5, 3]
%1 = parameter k : f32[2, 3, 4]
%2 = parameter b : f32[10, 1]
%3 = reshape (%2) : f32[5, 2, 1]
%4 = reshape (%1) : f32[1, 2, 3, 4]
%5 = slice [0+1, 1+2 step -1, 0+3, 0+4] (%4) : f32[1, 2, 3, 4]
%6 = contraction nhc,pacf->nhaf windows h:p then a + b (%0, %5, %3) : f32[N, 5, 2, 4]
%7 = reshape (%6) : f32[N, 10, 4]
output y = %7
)");
}

TEST_CASE("phases that see different inputs are interleaved, and one that sees none is zero") {
  Model m({n(), 5, 3});
  const auto convolve = [&](const char* kernel, std::int64_t dilation, std::int64_t low, std::int64_t high) {
    const ContractionWindow window{
        .output = 'h', .window = 'p', .dilation = dilation, .pad_low = low, .pad_high = high, .input_dilation = 2};
    return m.builder.contraction({.left = "nhc", .right = "pcf", .output = "nhf", .windows = {window}}, m.x,
                                 m.weight(kernel, {3, 3, 4}));
  };
  const NodeId with_k = convolve("k", 1, 1, 2);
  const NodeId y = m.builder.map2(MapOp::add, with_k, convolve("l", 2, 2, 3));
  CHECK(m.after(split_spread, y) == R"(
%0 = input x : f32[N, 5, 3]
%1 = parameter k : f32[3, 3, 4]
%2 = pad 0,0 0,1 0,0 (%0) : f32[N, 6, 3]
%3 = slice [0+N, 0+5, 0+3] (%2) : f32[N, 5, 3]
%4 = slice [1+1 step 2, 0+3, 0+4] (%1) : f32[1, 3, 4]
%5 = contraction nhc,pcf->nhf windows h:p (%3, %4) : f32[N, 5, 4]
%6 = reshape (%5) : f32[N, 5, 1, 4]
%7 = slice [0+2 step 2, 0+3, 0+4] (%1) : f32[2, 3, 4]
%8 = contraction nhc,pcf->nhf windows h:p (%2, %7) : f32[N, 5, 4]
%9 = reshape (%8) : f32[N, 5, 1, 4]
%10 = concat axis 2 (%6, %9) : f32[N, 5, 2, 4]
%11 = reshape (%10) : f32[N, 10, 4]
%12 = parameter l : f32[3, 3, 4]
%13 = pad 0,0 1,1 0,0 (%0) : f32[N, 7, 3]
%14 = contraction nhc,pcf->nhf windows h:p (%13, %12) : f32[N, 5, 4]
%15 = reshape (%14) : f32[N, 5, 1, 4]
%16 = map 0 : f32[N, 5, 4]
%17 = reshape (%16) : f32[N, 5, 1, 4]
%18 = concat axis 2 (%15, %17) : f32[N, 5, 2, 4]
%19 = reshape (%18) : f32[N, 10, 4]
%20 = map a + b (%11, %19) : f32[N, 10, 4]
output y = %20
)");
}

TEST_CASE("columns of a computed right operand become neighbours where many rows read them") {
  Model m({n(), 9, 2, 3});
  const NodeId keys = m.builder.map1(MapOp::exp, m.x);
  const NodeId scores = m.builder.contraction({.left = "nthd", .right = "nshd", .output = "nhts"}, m.x, keys);
  const NodeId row = m.builder.slice(scores, {0, 0, 0, 0}, {n(), 2, 1, 9}, {1, 1, 1, 1});
  const NodeId seen = m.builder.contraction({.left = "nhts", .right = "nshd", .output = "nthd"}, scores, keys);
  m.graph.outputs.push_back({.name = "seen", .node = seen});
  const NodeId few = m.builder.contraction({.left = "nhts", .right = "nhds", .output = "ntdh"}, row, scores);
  CHECK(m.after(passes::put_columns_last, few) == R"(
%0 = input x : f32[N, 9, 2, 3]
%1 = map exp(a) (%0) : f32[N, 9, 2, 3]
%2 = transpose 0,2,3,1 (%1) : f32[N, 2, 3, 9]
%3 = contraction nthd,nhds->nhts (%0, %2) : f32[N, 2, 9, 9]
%4 = slice [0+N, 0+2, 0+1, 0+9] (%3) : f32[N, 2, 1, 9]
%5 = contraction nhts,nshd->nthd (%3, %1) : f32[N, 9, 2, 3]
%6 = contraction nhts,nhds->ntdh (%4, %3) : f32[N, 1, 9, 2]
output seen = %5
output y = %6
)");
}

TEST_CASE("an axis that one operand has alone is summed before") {
  Model m({n(), 4, 5});
  const NodeId y =
      m.builder.contraction({.left = "njk", .right = "klf", .output = "nf"}, m.x, m.weight("w", {5, 2, 3}));
  CHECK(m.after(passes::sum_lonely_axes, y) == R"(
%0 = input x : f32[N, 4, 5]
%1 = parameter w : f32[5, 2, 3]
%2 = reduce sum axes 1 (%0) : f32[N, 5]
%3 = reduce sum axes 1 (%1) : f32[5, 3]
%4 = contraction nk,kf->nf (%2, %3) : f32[N, 3]
output y = %4
)");
}

TEST_CASE("a pointwise convolution is a matrix product") {
  Model m({n(), 8, 8, 3});
  ContractionAttributes conv{.left = "nhwc",
                             .right = "pqcf",
                             .output = "nhwf",
                             .windows = {{.output = 'h', .window = 'p'}, {.output = 'w', .window = 'q'}}};
  CHECK(m.after(passes::drop_windows_of_one_cell, m.builder.contraction(conv, m.x, m.weight("k", {1, 1, 3, 4}))) == R"(
%0 = input x : f32[N, 8, 8, 3]
%1 = parameter k : f32[1, 1, 3, 4]
%2 = reshape (%1) : f32[3, 4]
%3 = contraction nhwc,cf->nhwf (%0, %2) : f32[N, 8, 8, 4]
output y = %3
)");
}

TEST_CASE("a pointwise convolution with a stride keeps its windows") {
  Model m({n(), 8, 3});
  ContractionAttributes conv{
      .left = "nhc", .right = "pcf", .output = "nhf", .windows = {{.output = 'h', .window = 'p', .stride = 2}}};
  CHECK(m.after(passes::drop_windows_of_one_cell, m.builder.contraction(conv, m.x, m.weight("k", {1, 3, 4})))
            .find("windows h:p stride 2") != std::string::npos);
}

TEST_CASE("chains of maps are one map, with numbers written in") {
  Model m({n(), 3});
  m.layer("scale");
  const NodeId halved = m.builder.map2(MapOp::multiply, m.x, m.builder.scalar(0.5, DType::f32));
  m.layer("tanh");
  CHECK(m.after(passes::fuse_maps, m.builder.map1(MapOp::tanh, halved)) == R"(
%0 = input x : f32[N, 3]
%1 = map tanh(a * 0.5) (%0) : f32[N, 3]   // scale, tanh
output y = %1
)");
}

TEST_CASE("a value that is needed elsewhere is not computed twice when that costs") {
  Model m({n(), 3});
  const NodeId e = m.builder.map1(MapOp::exp, m.x);
  m.graph.outputs.push_back({.name = "e", .node = e});
  CHECK(m.after(passes::fuse_maps, m.builder.map1(MapOp::negate, e)) == R"(
%0 = input x : f32[N, 3]
%1 = map exp(a) (%0) : f32[N, 3]
%2 = map -a (%1) : f32[N, 3]
output e = %1
output y = %2
)");
}

TEST_CASE("a gate that is repeated over an image is computed once a channel") {
  Model m({n(), 8, 3});
  const NodeId gate = m.builder.map1(MapOp::sigmoid, m.builder.reduce(Reducer::mean, m.x, {1}, true));
  CHECK(m.after(passes::fuse_maps, m.builder.map2(MapOp::multiply, m.x, gate))
            .find("map sigmoid(a) (%1) : f32[N, 1, 3]") != std::string::npos);
}

TEST_CASE("what is computed from weights alone stays with the weights") {
  Model m({n(), 3});
  const NodeId w = m.builder.map1(MapOp::exp, m.weight("w", {3}));
  CHECK(m.after(passes::fuse_maps, m.builder.map2(MapOp::multiply, m.x, w)) == R"(
%0 = input x : f32[N, 3]
%1 = parameter w : f32[3]
%2 = map exp(a) (%1) : f32[3]
%3 = map a * b (%0, %2) : f32[N, 3]
output y = %3
)");
}

TEST_CASE("bias, residual and activation become the epilogue, in either order of operands") {
  Model m({n(), 3});
  const NodeId residual = m.builder.map1(MapOp::exp, m.x);
  m.graph.outputs.push_back({.name = "branch", .node = residual});
  m.layer("dense");
  NodeId y = m.builder.contraction({.left = "nk", .right = "kf", .output = "nf"}, m.x, m.weight("kernel", {3, 3}));
  y = m.builder.map2(MapOp::add, m.weight("bias", {3}), y);
  m.layer("add");
  y = m.builder.map2(MapOp::add, residual, y);
  CHECK(m.after(optimised, m.relu(y)) == R"(
%0 = input x : f32[N, 3]
%1 = map exp(a) (%0) : f32[N, 3]
%2 = parameter kernel : f32[3, 3]   // dense
%3 = parameter bias : f32[3]   // dense
%4 = contraction nk,kf->nf then maximum(c + (a + b), 0) (%0, %2, %3, %1) : f32[N, 3]   // dense, add
output branch = %1
output y = %4
)");
}

TEST_CASE("of two sums that are added the later takes the other as operand") {
  Model m({n(), 3});
  const auto dense = [&](const char* kernel) {
    return m.builder.contraction({.left = "nk", .right = "kf", .output = "nf"}, m.x, m.weight(kernel, {3, 3}));
  };
  const NodeId first = dense("first");
  const NodeId second = dense("second");
  CHECK(m.after(passes::fuse_epilogues, m.builder.map2(MapOp::subtract, first, second)) == R"(
%0 = input x : f32[N, 3]
%1 = parameter first : f32[3, 3]
%2 = contraction nk,kf->nf (%0, %1) : f32[N, 3]
%3 = parameter second : f32[3, 3]
%4 = contraction nk,kf->nf then b - a (%0, %3, %2) : f32[N, 3]
output y = %4
)");
}

TEST_CASE("a sum that is an output too keeps its own value") {
  Model m({n(), 3});
  const NodeId y =
      m.builder.contraction({.left = "nk", .right = "kf", .output = "nf"}, m.x, m.weight("kernel", {3, 3}));
  m.graph.outputs.push_back({.name = "logits", .node = y});
  CHECK(m.after(passes::fuse_epilogues, m.relu(y)).find(" then ") == std::string::npos);
}

TEST_CASE("poolings and reductions take epilogues") {
  Model m({n(), 4, 3});
  const NodeId pooled = m.builder.window_reduce({.reducer = Reducer::mean, .windows = {{.size = 2}}}, m.x);
  const NodeId y = m.builder.reduce(Reducer::sum, m.builder.map1(MapOp::tanh, pooled), {1}, false);
  CHECK(m.after(passes::fuse_epilogues, m.builder.map1(MapOp::exp, y)) == R"(
%0 = input x : f32[N, 4, 3]
%1 = window_reduce mean from axis 1: 2 then tanh(a) (%0) : f32[N, 3, 3]
%2 = reduce sum axes 1 then exp(a) (%1) : f32[N, 3]
output y = %2
)");
}

TEST_CASE("a grouped convolution takes its bias and activation before its channels are joined") {
  Model m({n(), 8, 2, 3});
  NodeId y =
      m.builder.contraction({.left = "nhgc", .right = "cgf", .output = "nhgf"}, m.x, m.weight("kernel", {3, 2, 4}));
  y = m.builder.reshape(y, {{n(), 8, 8}});
  y = m.builder.map2(MapOp::add, y, m.weight("bias", {8}));
  CHECK(m.after(optimised, m.relu(y)) == R"(
%0 = input x : f32[N, 8, 2, 3]
%1 = parameter kernel : f32[3, 2, 4]
%2 = parameter bias : f32[8]
%3 = reshape (%2) : f32[2, 4]
%4 = contraction nhgc,cgf->nhgf then maximum(a + b, 0) (%0, %1, %3) : f32[N, 8, 2, 4]
%5 = reshape (%4) : f32[N, 8, 8]
output y = %5
)");
}

TEST_CASE("two convolutions of one value share its border") {
  Model m({n(), 8, 3});
  ContractionAttributes conv{.left = "nhc",
                             .right = "pcf",
                             .output = "nhf",
                             .windows = {{.output = 'h', .window = 'p', .pad_low = 1, .pad_high = 1}}};
  const NodeId first = m.builder.contraction(conv, m.x, m.weight("first", {3, 3, 4}));
  const NodeId second = m.builder.contraction(conv, m.x, m.weight("second", {3, 3, 4}));
  const std::string text = m.after(optimised, m.builder.concat({first, second}, 2));
  CHECK(text.find("pad") == text.rfind("pad"));
}

TEST_CASE("a value between two products that the cache does not hold is computed in parts") {
  Model m({n(), 4, 2});
  NodeId wide = m.builder.contraction({.left = "ntd", .right = "dh", .output = "nth"}, m.x, m.weight("wide", {2, 8}));
  wide = m.relu(m.builder.map2(MapOp::add, wide, m.weight("bias", {8})));
  const NodeId narrow =
      m.builder.contraction({.left = "nth", .right = "hd", .output = "ntd"}, wide, m.weight("narrow", {8, 2}));
  const auto split = [](Graph graph) {
    return passes::optimise(std::move(graph), {.strict = false, .cache_bytes = 320, .after_pass = {}});
  };
  CHECK(m.after(split, m.builder.map2(MapOp::add, m.x, narrow)) == R"(
%0 = input x : f32[N, 4, 2]
%1 = parameter wide : f32[2, 8]
%2 = parameter bias : f32[8]
%3 = parameter narrow : f32[8, 2]
%4 = slice [0+4] (%2) : f32[4]
%5 = slice [0+2, 0+4] (%1) : f32[2, 4]
%6 = contraction ntd,dh->nth then maximum(a + b, 0) (%0, %5, %4) : f32[N, 4, 4]
%7 = slice [0+4, 0+2] (%3) : f32[4, 2]
%8 = contraction nth,hd->ntd then b + a (%6, %7, %0) : f32[N, 4, 2]
%9 = slice [4+4] (%2) : f32[4]
%10 = slice [0+2, 4+4] (%1) : f32[2, 4]
%11 = contraction ntd,dh->nth then maximum(a + b, 0) (%0, %10, %9) : f32[N, 4, 4]
%12 = slice [4+4, 0+2] (%3) : f32[4, 2]
%13 = contraction nth,hd->ntd then b + a (%11, %12, %8) : f32[N, 4, 2]
output y = %13
)");
}
