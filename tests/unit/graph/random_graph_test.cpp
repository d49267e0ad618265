// Random graphs keep the rules, can be evaluated, and cover every operation.
#include <cmath>
#include <set>

#include "catch.hpp"
#include "support/random_graph.hpp"

using namespace kdlc;
using namespace kdlc::testing;

namespace {

constexpr std::uint64_t kGraphs = 1500;

std::vector<graph::NodeId> output_nodes(const graph::Graph& graph) {
  std::vector<graph::NodeId> result;
  for (const graph::OutputInfo& output : graph.outputs) {
    result.push_back(output.node);
  }
  return result;
}

}  // namespace

TEST_CASE("random graphs verify and give finite numbers") {
  for (std::uint64_t seed = 0; seed < kGraphs; ++seed) {
    const graph::Graph graph = make_random_graph({.seed = seed});
    const std::vector<std::string> problems = verify(graph);
    INFO("seed " << seed << "\n" << (problems.empty() ? "" : problems[0]) << "\n" << dump(graph));
    REQUIRE(problems.empty());
    const graph::Evaluation evaluation{.sizes = {{"N", 2}},
                                       .inputs = random_inputs(graph, {{"N", 2}}, seed),
                                       .parameters = random_parameters(graph, seed)};
    for (const TensorData& output : evaluate(graph, evaluation, output_nodes(graph))) {
      bool is_finite = true;
      for (std::int64_t index = 0; index < output.element_count(); ++index) {
        is_finite = is_finite && std::isfinite(output.at(index)) && std::abs(output.at(index)) < 1e8;
      }
      REQUIRE(is_finite);
    }
  }
}

TEST_CASE("random graphs cover every primitive and every elementwise operation") {
  std::set<graph::Op> ops;
  std::set<graph::MapOp> map_ops;
  for (std::uint64_t seed = 0; seed < kGraphs; ++seed) {
    for (const graph::Node& node : make_random_graph({.seed = seed}).nodes) {
      ops.insert(node.op);
      if (node.op == graph::Op::map) {
        for (const graph::MapTerm& term : graph::attributes<graph::MapAttributes>(node).expression.terms) {
          map_ops.insert(term.op);
        }
      }
    }
  }
  ops.insert(graph::Op::state);  // needs several calls: tested with the layers that keep one
#define OP(name, attributes, meaning) CHECK(ops.contains(graph::Op::name));
#include "graph/op.def"
#undef OP
#define MAP_OP(name, operand_count) CHECK(map_ops.contains(graph::MapOp::name));
#include "graph/map_op.def"
#undef MAP_OP
}

TEST_CASE("a sample's values do not depend on the other samples") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const graph::Graph graph = make_random_graph({.seed = seed});
    const std::vector<TensorData> parameters = random_parameters(graph, seed);
    const std::vector<TensorData> three = random_inputs(graph, {{"N", 3}}, seed);
    std::vector<TensorData> first;
    for (const TensorData& data : three) {
      TensorData sample = data;
      sample.shape[0] = 1;
      sample.bytes.resize(data.bytes.size() / 3);
      first.push_back(sample);
    }
    const auto of_three = evaluate(graph, {{{"N", 3}}, three, parameters}, output_nodes(graph));
    const auto of_one = evaluate(graph, {{{"N", 1}}, first, parameters}, output_nodes(graph));
    for (std::size_t output = 0; output < of_one.size(); ++output) {
      TensorData cut = of_three[output];
      cut.shape[0] = 1;
      cut.bytes.resize(cut.bytes.size() / 3);
      REQUIRE(cut == of_one[output]);
    }
  }
}

TEST_CASE("the same seed gives the same graph") {
  CHECK(dump(make_random_graph({.seed = 5})) == dump(make_random_graph({.seed = 5})));
  CHECK(dump(make_random_graph({.seed = 5})) != dump(make_random_graph({.seed = 6})));
}
