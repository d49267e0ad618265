// Sizes known only at run time: one compiled model for every size within its bounds agrees with the reference.
#include <array>

#include "catch.hpp"
#include "graph/graph.hpp"
#include "support/random_graph.hpp"
#include "support/random_maps.hpp"
#include "support/run_model.hpp"
#include "unit/codegen/compare.hpp"

namespace kdlc {
namespace {

using graph::Builder;
using graph::Graph;
using graph::NodeId;
using testing::SizeValues;

/// Nothing, one, an odd number, a vector and one, the bound; one sample, a chunk of three, less and more.
std::vector<SizeValues> common_sizes(std::int64_t bound) {
  std::vector<SizeValues> sizes;
  for (const std::int64_t size : {std::int64_t{0}, std::int64_t{1}, std::int64_t{7}, bound - 1, bound}) {
    for (const std::int64_t n : {1, 2, 3, 4}) {
      sizes.push_back({{"N", n}, {"T", size}, {"U", size == 7 ? 2 : size}});
    }
  }
  return sizes;
}

TEST_CASE("compiled random graphs with sizes known only at run time agree with the reference") {
  constexpr std::int64_t kBound = 18;
  int refused = 0;
  for (const std::string& cpu : testing::runnable_cpus()) {
    for (std::uint64_t seed = 0; seed < 48; ++seed) {
      INFO("seed " << seed);
      const Graph graph = testing::make_random_graph(
          {.seed = seed, .max_operations = 8, .max_size = kBound, .dims = seed % 4 == 0 ? 2 : 1});
      refused += testing::compare_under_sizes(graph, cpu, common_sizes(kBound), {.chunk = 3, .n = {}, .seed = seed});
    }
  }
  CHECK(refused > 0);  // the last element of nothing
}

/// Scores of every position with every other, their softmax, and the weighted sum of the values: columns, rows and
/// depth of the contractions are all known only at run time.
Graph attention(std::int64_t heads, std::int64_t width, std::int64_t bound) {
  Graph graph;
  graph.name = "Attention";
  graph.dims = {{.name = "T", .bound = bound, .span = {}}, {.name = "U", .bound = bound, .span = {}}};
  Builder builder(graph);
  const auto input = [&](const char* name, const char* length) {
    const Shape shape{{Dim::batch(), Dim::symbol(length), heads, width}};
    return builder.input({.name = name}, {.dtype = DType::f32, .shape = shape});
  };
  const NodeId queries = input("q", "T");
  const NodeId keys = input("k", "U");
  const NodeId values = input("v", "U");
  const NodeId scores = builder.contraction({.left = "nthd", .right = "nuhd", .output = "nhtu"}, queries, keys);
  const NodeId weights = builder.rows(testing::softmax_rows(), {scores}, DType::f32);
  const NodeId mixed = builder.contraction({.left = "nhtu", .right = "nuhd", .output = "nthd"}, weights, values);
  graph.outputs = {{.name = "mixed", .node = mixed}, {.name = "weights", .node = weights}};
  return graph;
}

TEST_CASE("attention takes sequences of any length") {
  for (const std::string& cpu : testing::runnable_cpus()) {
    for (const auto& [heads, width] : std::vector<std::array<std::int64_t, 2>>{{1, 3}, {2, 16}, {3, 40}}) {
      const Graph graph = attention(heads, width, 70);
      CHECK(testing::compare_under_sizes(graph, cpu, common_sizes(70), {.chunk = 3, .n = {}}) == 0);
    }
  }
}

/// The mean over all samples and positions of the squared distance from the mean sample, and all samples in reverse.
Graph over_the_whole_batch() {
  Graph graph;
  graph.name = "Batch";
  graph.whole_batch = true;
  graph.dims = {{.name = "T", .bound = 20, .span = {}}};
  Builder builder(graph);
  const NodeId x = builder.input({.name = "x"}, {.dtype = DType::f32, .shape = {{Dim::batch(), Dim::symbol("T"), 5}}});
  const NodeId centre = builder.reduce(graph::Reducer::mean, x, {0}, true);
  const NodeId distance = builder.map2(graph::MapOp::subtract, x, centre);
  const NodeId squares = builder.map2(graph::MapOp::multiply, distance, distance);
  const NodeId backwards = builder.slice(x, {Dim::batch() - 1, 0, 0}, {Dim::batch(), Dim::symbol("T"), 5}, {-1, 1, 1});
  graph.outputs = {{.name = "spread", .node = builder.reduce(graph::Reducer::mean, squares, {0, 1, 2}, false)},
                   {.name = "backwards", .node = backwards}};
  return graph;
}

TEST_CASE("the whole batch is one tensor of a size known only at run time") {
  const Graph graph = graph::name_batch(over_the_whole_batch(), "batch", 33);
  REQUIRE(graph::verify(graph).empty());
  std::vector<SizeValues> sizes;
  for (const std::int64_t batch : {1, 2, 16, 33}) {
    for (const std::int64_t length : {1, 9, 20}) {
      sizes.push_back({{"batch", batch}, {"T", length}});
    }
  }
  for (const std::string& cpu : testing::runnable_cpus()) {
    CHECK(testing::compare_under_sizes(graph, cpu, sizes, {.n = {}}) == 0);
  }
}

TEST_CASE("a call whose sizes break a rule is refused before anything is read") {
  Graph graph;
  graph.name = "Pairs";
  const Dim t = Dim::symbol("T");
  graph.dims = {{.name = "T", .bound = 20, .span = {}}};
  graph.size_rules = {{{remainder(t, 2) * -1}, "T % 2 == 0"}, {{t - 9, Dim(5) - t}, "not between"}};
  Builder builder(graph);
  const NodeId x = builder.input({.name = "x"}, {.dtype = DType::f32, .shape = {{Dim::batch(), t}}});
  graph.outputs = {{.name = "y", .node = builder.map1(graph::MapOp::negate, x)}};
  std::vector<SizeValues> sizes;
  for (const std::int64_t length : {0, 1, 4, 6, 8, 10, 11, 20, 21}) {
    sizes.push_back({{"N", 2}, {"T", length}});
  }
  CHECK(testing::compare_under_sizes(graph, "native", sizes, {.n = {}}) == 5);
}

}  // namespace
}  // namespace kdlc
