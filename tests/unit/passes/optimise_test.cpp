// The whole pipeline on random graphs: the same values before and after, and records that stay true.
#include <set>

#include "catch.hpp"
#include "passes/pass_list.hpp"
#include "passes/passes.hpp"
#include "support/random_graph.hpp"

using namespace kdlc;
using namespace kdlc::testing;
using graph::Graph;
using graph::NodeId;

namespace {

constexpr std::uint64_t kGraphs = 4000;

std::vector<NodeId> output_nodes(const Graph& graph) {
  std::vector<NodeId> result;
  for (const graph::OutputInfo& output : graph.outputs) {
    result.push_back(output.node);
  }
  return result;
}

/// The first difference between the outputs of two forms of a graph, for a batch of 2.
std::optional<std::string> find_graph_difference(const Graph& before, const Graph& after, std::uint64_t seed) {
  const graph::Evaluation evaluation{.sizes = {{"N", 2}},
                                     .inputs = random_inputs(before, {{"N", 2}}, seed),
                                     .parameters = random_parameters(before, seed)};
  const std::vector<TensorData> expected = evaluate(before, evaluation, output_nodes(before));
  const std::vector<TensorData> actual = evaluate(after, evaluation, output_nodes(after));
  for (std::size_t index = 0; index < expected.size(); ++index) {
    if (auto difference = find_difference(expected[index], actual[index], 1e-5)) {
      return "output " + std::to_string(index) + ": " + *difference;
    }
  }
  return std::nullopt;
}

RandomGraphOptions options_of(std::uint64_t seed) {
  return {.seed = seed, .max_operations = seed % 3 == 0 ? 20 : 8, .integers = seed % 4 == 0, .lonely_sums = true};
}

}  // namespace

TEST_CASE("optimised graphs give the same values") {
  for (std::uint64_t seed = 0; seed < kGraphs; ++seed) {
    const Graph before = make_random_graph(options_of(seed));
    const Graph after = passes::optimise(before, {});
    const auto difference = find_graph_difference(before, after, seed);
    INFO("seed " << seed << ": " << difference.value_or("") << "\n" << dump(before) << dump(after));
    REQUIRE_FALSE(difference.has_value());
  }
}

TEST_CASE("each pass alone gives the same values") {
  using Pass = Graph (*)(Graph);
  const Pass all[] = {passes::remove_dead_nodes,       passes::merge_equal_nodes,
                      passes::simplify_moves,          passes::fold_scale_into_contraction,
                      passes::make_padding_explicit,   passes::drop_windows_of_one_cell,
                      passes::move_reshape_behind_map, passes::fuse_maps,
                      passes::fuse_epilogues,          passes::sum_lonely_axes};
  for (std::uint64_t seed = 0; seed < kGraphs / 10; ++seed) {
    const Graph before = make_random_graph(options_of(seed + 100000));
    for (const Pass pass : all) {
      const Graph after = pass(before);
      const std::vector<std::string> problems = verify(after);
      INFO("seed " << seed << "\n" << (problems.empty() ? "" : problems[0]) << "\n" << dump(before) << dump(after));
      REQUIRE(problems.empty());
      REQUIRE_FALSE(find_graph_difference(before, after, seed).has_value());
    }
  }
}

TEST_CASE("inputs, parameters, outputs and their order stay, and nothing dead is left") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Graph before = make_random_graph({.seed = seed});
    const Graph after = passes::optimise(before, {});
    REQUIRE(after.inputs.size() == before.inputs.size());
    REQUIRE(after.parameters.size() == before.parameters.size());
    for (std::size_t index = 0; index < before.outputs.size(); ++index) {
      REQUIRE(after.outputs[index].name == before.outputs[index].name);
      REQUIRE(after.node(after.outputs[index].node).type == before.node(before.outputs[index].node).type);
    }
    const auto uses = count_uses(after);
    for (const NodeId id : after.nodes.ids()) {
      const graph::Op op = after.node(id).op;
      REQUIRE((uses[id] > 0 || op == graph::Op::input || op == graph::Op::parameter));
    }
  }
}

TEST_CASE("what the planner does not take is gone") {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const Graph after = passes::optimise(make_random_graph({.seed = seed}), {});
    for (const graph::Node& node : after.nodes) {
      if (node.op != graph::Op::contraction) {
        continue;
      }
      for (const graph::ContractionWindow& window : graph::attributes<graph::ContractionAttributes>(node).windows) {
        REQUIRE((window.pad_low == 0 && window.pad_high == 0 && window.input_dilation == 1));
      }
    }
  }
}

TEST_CASE("every record of a needed piece has a node that serves it, and its result is one of the graph") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Graph before = passes::remove_dead_nodes(make_random_graph({.seed = seed}));
    const Graph after = passes::optimise(before, {});
    std::set<graph::RecordId> needed;
    std::set<graph::RecordId> served;
    const auto prepared = find_prepared(before);
    for (const NodeId id : before.nodes.ids()) {
      // Moves may vanish altogether; pieces that compute may not.
      const graph::Op op = before.node(id).op;
      if (op == graph::Op::contraction || op == graph::Op::window_reduce || op == graph::Op::rows) {
        needed.insert(before.node(id).records.begin(), before.node(id).records.end());
      }
    }
    for (const graph::Node& node : after.nodes) {
      served.insert(node.records.begin(), node.records.end());
    }
    INFO("seed " << seed << "\n" << dump(before) << dump(after));
    for (const graph::RecordId record : needed) {
      REQUIRE(served.contains(record));
      REQUIRE(after.records[record].results[0].has_value());
    }
  }
}

TEST_CASE("optimising twice changes nothing more") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Graph once = passes::optimise(make_random_graph({.seed = seed}), {});
    const Graph twice = passes::optimise(once, {});
    INFO("seed " << seed << "\n" << dump(once) << dump(twice));
    CHECK(once.nodes.size() >= twice.nodes.size());
  }
}

TEST_CASE("a size known only at run time goes through all passes") {
  using namespace graph;
  Graph before;
  Builder builder(before);
  before.dims.push_back({.name = "T", .bound = 64});
  const auto weight = [&](std::vector<Dim> axes) {
    return builder.parameter({.path = "w" + std::to_string(before.parameters.size()),
                              .type = {.dtype = DType::f32, .shape = {std::move(axes)}}});
  };
  const NodeId x = builder.input({.name = "x"}, {.dtype = DType::f32, .shape = {{Dim::batch(), Dim::symbol("T"), 4}}});
  const ContractionAttributes same{.left = "nhc",
                                   .right = "pcf",
                                   .output = "nhf",
                                   .windows = {{.output = 'h', .window = 'p', .pad_low = 1, .pad_high = 1}}};
  NodeId y = builder.contraction(same, x, weight({3, 4, 4}));
  y = builder.map2(MapOp::multiply, y, weight({4}));
  y = builder.map2(MapOp::add, builder.map2(MapOp::maximum, y, builder.scalar(0, DType::f32)), x);
  const ContractionAttributes spread{
      .left = "nhc",
      .right = "pcf",
      .output = "nhf",
      .windows = {{.output = 'h', .window = 'p', .pad_low = 1, .pad_high = 2, .input_dilation = 2}}};
  y = builder.map1(MapOp::tanh, builder.contraction(spread, y, weight({3, 4, 2})));
  before.outputs.push_back({.name = "y", .node = builder.reduce(Reducer::mean, y, {1}, false)});
  const Graph after = passes::optimise(before, {});
  for (const std::int64_t size : {1, 5, 64}) {
    const std::map<std::string, std::int64_t> sizes = {{"N", 2}, {"T", size}};
    const Evaluation evaluation{sizes, random_inputs(before, sizes, 1), random_parameters(before, 1)};
    const auto expected = evaluate(before, evaluation, output_nodes(before));
    INFO("T " << size << "\n" << dump(after));
    CHECK_FALSE(find_difference(expected[0], evaluate(after, evaluation, output_nodes(after))[0], 1e-5).has_value());
  }
}

TEST_CASE("after_pass is told of every pass") {
  std::vector<std::string> names;
  passes::optimise(make_random_graph({.seed = 1}),
                   {.after_pass = [&](std::string_view name, const Graph&) { names.emplace_back(name); }});
  CHECK(names.size() > 5);
  CHECK(names.back() == "remove_dead_nodes");
}
