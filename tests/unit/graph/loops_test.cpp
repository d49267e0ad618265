// Loops over steps: what they compute, and what may not leave them.
#include "catch.hpp"
#include "graph/graph.hpp"

using namespace kdlc;
using namespace kdlc::graph;

namespace {

/// A running sum over the steps of x [N, 3]: the last sum, and all of them.
struct RunningSum {
  Graph graph;
  NodeId sum;  // of one turn
  std::vector<NodeId> results;
};

RunningSum running_sum(bool reads_from_end, bool stacks_from_end) {
  RunningSum made;
  Builder builder(made.graph);
  const NodeId x = builder.input({.name = "x"}, {.dtype = DType::f32, .shape = {{Dim::batch(), 3}}});
  const NodeId zero = builder.broadcast_to(builder.scalar(0, DType::f32), {{Dim::batch()}});
  const ScanId scan = builder.begin_scan();
  const NodeId state = builder.scan_state({.scan = scan}, zero);
  const NodeId step = builder.scan_slice({.scan = scan, .axis = 1, .from_end = reads_from_end}, x);
  made.sum = builder.map2(MapOp::add, state, step);
  made.results = builder.scan({.scan = scan, .steps = 3, .state_count = 1, .stacks = {{1, stacks_from_end}}}, {state},
                              {made.sum}, {made.sum});
  return made;
}

std::vector<double> values_of(const RunningSum& made, NodeId wanted) {
  TensorData x = TensorData::zeros(DType::f32, {1, 3});
  for (std::int64_t step = 0; step < 3; ++step) {
    x.set(step, step == 0 ? 1 : step == 1 ? 10 : 100);
  }
  const TensorData result = evaluate(made.graph, {.sizes = {{"N", 1}}, .inputs = {x}, .parameters = {}}, {wanted})[0];
  std::vector<double> values;
  for (std::int64_t index = 0; index < result.element_count(); ++index) {
    values.push_back(result.at(index));
  }
  return values;
}

}  // namespace

TEST_CASE("a loop hands its state on and stacks what every turn gives") {
  const RunningSum made = running_sum(false, false);
  CHECK(verify(made.graph).empty());
  CHECK(values_of(made, made.results[0]) == std::vector<double>{111});
  CHECK(values_of(made, made.results[1]) == std::vector<double>{1, 11, 111});
}

TEST_CASE("slices and stacks of a loop count from either end") {
  CHECK(values_of(running_sum(true, false), running_sum(true, false).results[1]) == std::vector<double>{100, 110, 111});
  CHECK(values_of(running_sum(true, true), running_sum(true, true).results[1]) == std::vector<double>{111, 110, 100});
}

TEST_CASE("a node belongs to a loop when it depends on a step or a state of it") {
  const RunningSum made = running_sum(false, false);
  const IdVector<NodeId, ScanId> loops = find_loops(made.graph);
  CHECK(loops[made.sum] == ScanId{0});
  CHECK_FALSE(loops[made.results[0]].has_value());
  CHECK_FALSE(loops[made.graph.inputs[0].node].has_value());
}

TEST_CASE("the verifier finds a value of a turn outside its loop") {
  RunningSum made = running_sum(false, false);
  SECTION("as an output") {
    made.graph.outputs.push_back({.name = "y", .node = made.sum});
    CHECK(verify(made.graph) == std::vector<std::string>{"output y is a value of one turn of a loop"});
  }
  SECTION("read behind the end") {
    Builder(made.graph).map1(MapOp::negate, made.sum);
    REQUIRE(verify(made.graph).size() == 1);
    CHECK(verify(made.graph)[0] == "%9 map: it reads a value of a turn behind the end of the loop");
  }
}

TEST_CASE("the verifier compares the steps of a loop with its sequences") {
  RunningSum made = running_sum(false, false);
  for (Node& node : made.graph.nodes) {
    if (auto* scan = std::get_if<ScanAttributes>(&node.attributes)) {
      scan->steps = 4;
    }
  }
  const std::vector<std::string> problems = verify(made.graph);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0] == "%4 scan_slice: the loop has 4 steps, the sequence 3");
  CHECK(problems[1] == "%8 scan_result: gives f32[N, 4]");
}
