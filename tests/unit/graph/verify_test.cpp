// Each rule of a graph, broken once.
#include <functional>

#include "catch.hpp"
#include "graph/graph.hpp"

using namespace kdlc;
using namespace kdlc::graph;

namespace {

TensorType f32(std::vector<Dim> axes) {
  return {.dtype = DType::f32, .shape = {std::move(axes)}};
}

/// x: f32[N, 4, 6] with a weight [6, 2], and one more node that `change` breaks.
std::string problem_of(const std::function<void(Graph& graph, NodeId x, NodeId w)>& change) {
  Graph graph;
  Builder builder(graph);
  const NodeId x = builder.input({.name = "x"}, f32({Dim::batch(), 4, 6}));
  const NodeId w = builder.parameter({.path = "w", .type = f32({6, 2})});
  change(graph, x, w);
  const std::vector<std::string> problems = verify(graph);
  return problems.empty() ? "" : problems[0];
}

std::string problem_of_node(Op op, Attributes attributes, TensorType type, bool takes_weight = false) {
  return problem_of([&](Graph& graph, NodeId x, NodeId w) {
    std::vector<NodeId> inputs = {x};
    if (takes_weight) {
      inputs.push_back(w);
    }
    graph.nodes.push_back({.op = op, .inputs = inputs, .attributes = std::move(attributes), .type = std::move(type)});
  });
}

}  // namespace

TEST_CASE("operands stand before their use") {
  CHECK(problem_of([](Graph& graph, NodeId, NodeId) {
          graph.nodes.push_back({.op = Op::reshape, .inputs = {NodeId{2}}, .attributes = ReshapeAttributes{}});
        }) == "%2 reshape: an operand does not stand before it");
}

TEST_CASE("attributes are those of the operation") {
  CHECK(problem_of_node(Op::reshape, ConcatAttributes{}, f32({Dim::batch(), 24})) ==
        "%2 reshape: its attributes are those of another operation");
}

TEST_CASE("the type is what the operation gives") {
  CHECK(problem_of_node(Op::transpose, TransposeAttributes{{0, 2, 1}}, f32({Dim::batch(), 4, 6})) ==
        "%2 transpose: gives f32[N, 6, 4] and is said to give f32[N, 4, 6]");
}

TEST_CASE("samples are not mixed") {
  const Dim n = Dim::batch();
  CHECK(problem_of_node(Op::transpose, TransposeAttributes{{1, 0, 2}}, f32({4, n, 6})).find("N stands first") !=
        std::string::npos);
  CHECK(problem_of_node(Op::reduce, ReduceAttributes{.axes = {0}}, f32({4, 6})).find("mixes samples") !=
        std::string::npos);
  CHECK(problem_of_node(Op::pad, PadAttributes{{1, 0, 0}, {0, 0, 0}}, f32({n + 1, 4, 6})).find("N stands first") !=
        std::string::npos);
  CHECK(problem_of_node(Op::slice, SliceAttributes{{1, 0, 0}, {1, 1, 1}}, f32({n, 4, 6})).find("mixes samples") !=
        std::string::npos);
  CHECK(problem_of_node(Op::contraction, ContractionAttributes{.left = "nhc", .right = "cf", .output = "hf"},
                        f32({4, 2}), true)
            .find("mixes samples") != std::string::npos);
  CHECK(problem_of_node(Op::contraction, ContractionAttributes{.left = "nhc", .right = "cf", .output = "hnf"},
                        f32({4, n, 2}), true)
            .find("N stands first") != std::string::npos);
}

TEST_CASE("contraction labels agree with the operands") {
  const Dim n = Dim::batch();
  CHECK(problem_of_node(Op::contraction, ContractionAttributes{.left = "nhc", .right = "hf", .output = "ncf"},
                        f32({n, 6, 2}), true) == "%2 contraction: axis `h` is 4 in left and 6 in right");
  CHECK(problem_of_node(Op::contraction, ContractionAttributes{.left = "nhh", .right = "hf", .output = "nf"},
                        f32({n, 2}), true) == "%2 contraction: a label stands twice in one operand");
  CHECK(problem_of_node(Op::contraction, ContractionAttributes{.left = "nhc", .right = "cf", .output = "nhz"},
                        f32({n, 4, 2}), true) == "%2 contraction: output axis `z` comes from no operand");
  CHECK(problem_of_node(Op::contraction,
                        ContractionAttributes{
                            .left = "nhc", .right = "pf", .output = "ncf", .windows = {{.output = 'h', .window = 'p'}}},
                        f32({n, 6, 2}),
                        true) == "%2 contraction: window axis `h` must stand in left and output, not in right");
}

TEST_CASE("expressions name operands that are there, with their types") {
  MapBuilder map;
  const Dim n = Dim::batch();
  CHECK(problem_of_node(Op::map, MapAttributes{map.finish(map.operand(1, DType::f32))}, f32({n, 4, 6})) ==
        "%2 map: its expression reads operand 1 of 1");
  CHECK(problem_of_node(Op::map, MapAttributes{map.finish(map.operand(0, DType::i32))}, f32({n, 4, 6})) ==
        "%2 map: its expression takes operand 0 as i32, and it is f32");
}

TEST_CASE("a list of ten thousand maps verifies") {
  Graph graph;
  Builder builder(graph);
  NodeId x = builder.input({.name = "x"}, f32({Dim::batch(), 4}));
  for (int index = 0; index < 10000; ++index) {
    x = builder.map1(MapOp::tanh, x);
  }
  CHECK(verify(graph).empty());
}
