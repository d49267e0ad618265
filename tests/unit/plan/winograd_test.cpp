// Winograd's matrices are exact identities, and plans that use them equal the reference evaluator.
#include <algorithm>
#include <functional>
#include <numeric>

#include "catch.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "plan/winograd.hpp"
#include "support/random_convolution.hpp"
#include "support/random_graph.hpp"
#include "unit/plan/compare_plan.hpp"

using namespace kdlc;

namespace {

constexpr std::uint64_t kModels = 18;
const std::vector<plan::WinogradForm> kForms = {
    {.tile = 2, .stride = 1}, {.tile = 4, .stride = 1}, {.tile = 2, .stride = 2}};

std::size_t winograd_steps(const std::vector<plan::Step>& steps) {
  return static_cast<std::size_t>(std::count_if(steps.begin(), steps.end(), [](const plan::Step& step) {
    return std::holds_alternative<plan::WinogradStep>(step.kernel);
  }));
}

std::size_t filtered_rows(const std::vector<plan::Step>& steps) {
  return static_cast<std::size_t>(std::count_if(
      steps.begin(), steps.end(), [](const plan::Step& step) { return step.name.starts_with("cells of "); }));
}

plan::Options options_of(std::uint64_t seed) {
  plan::Options options;
  options.winograd_tile = seed % 2 == 0 ? 2 : 4;
  options.chunk = 1 + static_cast<std::int64_t>(seed % 3);
  if (seed % 4 < 2) {
    options.machine = {.vector_bytes = 64, .vector_registers = 32, .has_fma = true, .has_masks = true};
  }
  if (seed % 5 == 0) {
    options.machine.l2_bytes = 16 << 10;  // several blocks of tiles and columns
  }
  return options;
}

void compare(std::uint64_t seed, const plan::Options& options, testing::Way way) {
  const graph::Graph graph = testing::make_random_convolution(seed);
  const plan::Plan plan = plan::make_plan(passes::optimise(graph, {}), options);
  REQUIRE(winograd_steps(plan.single.steps) + filtered_rows(plan.single.steps) > 0);
  testing::compare_plan(graph, plan, {{"N", 1 + static_cast<std::int64_t>(seed % 4)}}, seed, way);
}

/// Rows are filtered where stride and axes allow it, elsewhere tiles are of 2 × 2 outputs.
plan::Options options_of_rows(std::uint64_t seed) {
  plan::Options options = options_of(seed);
  options.winograd_tile = plan::kRowTile;
  return options;
}

/// Outputs along one side of the tiles of a convolution with 64 channels of 8 × 8 positions; 0 for the direct sum.
std::int64_t tile_of_small_map(const plan::Machine& machine) {
  graph::Graph graph;
  graph::Builder builder(graph);
  const graph::NodeId image = builder.input({.name = "x"}, {DType::f32, {{Dim::batch(), Dim(10), Dim(10), Dim(64)}}});
  graph::ParameterInfo weights;
  weights.path = "w";
  weights.type = {DType::f32, {{Dim(3), Dim(3), Dim(64), Dim(64)}}};
  graph::ContractionAttributes attributes{
      .left = "nhwc", .right = "pqcf", .output = "nhwf", .windows = {}, .epilogue = {}};
  attributes.windows = {{.output = 'h', .window = 'p'}, {.output = 'w', .window = 'q'}};
  graph.outputs.push_back({.name = "y", .node = builder.contraction(attributes, image, builder.parameter(weights))});
  const plan::Plan plan = plan::make_plan(graph, {.machine = machine});
  const auto* step = std::get_if<plan::WinogradStep>(&plan.single.steps.back().kernel);
  return step != nullptr ? step->tile : 0;
}

}  // namespace

TEST_CASE("weights that the third cache keeps are not counted as coming from memory") {
  plan::Machine machine{.vector_bytes = 64, .vector_registers = 32, .has_fma = true, .has_masks = true};
  machine.multiply_adds_a_cycle = 1;
  CHECK(tile_of_small_map(machine) < 4);
  machine.l3_share_bytes = 4 << 20;
  CHECK(tile_of_small_map(machine) == 4);
}

TEST_CASE("a sum over a window equals its transformed products") {
  for (const plan::WinogradForm& form : kForms) {
    const plan::WinogradMatrices matrices = plan::winograd_matrices(form);
    testing::Random random(static_cast<std::uint64_t>(form.tile));
    std::vector<double> cells(matrices.cells.size());
    std::vector<double> window(plan::kWinogradWindow);
    std::generate(cells.begin(), cells.end(), [&] { return random.number(-1, 1); });
    std::generate(window.begin(), window.end(), [&] { return random.number(-1, 1); });
    const auto times = [](const plan::Matrix& matrix, const std::vector<double>& values) {
      std::vector<double> result;
      for (const std::vector<double>& row : matrix) {
        result.push_back(std::inner_product(row.begin(), row.end(), values.begin(), 0.0));
      }
      return result;
    };
    std::vector<double> products = times(matrices.cells, cells);
    const std::vector<double> weights = times(matrices.weights, window);
    std::transform(products.begin(), products.end(), weights.begin(), products.begin(), std::multiplies<>());
    const std::vector<double> outputs = times(matrices.results, products);
    REQUIRE(outputs.size() == static_cast<std::size_t>(form.tile));
    for (std::size_t place = 0; place < outputs.size(); ++place) {
      const std::size_t first = place * static_cast<std::size_t>(form.stride);
      CHECK(outputs[place] ==
            Approx(cells[first] * window[0] + cells[first + 1] * window[1] + cells[first + 2] * window[2]));
    }
    // What is applied to cells and products has no error of its own.
    for (const plan::Matrix* matrix : {&matrices.cells, &matrices.results}) {
      for (const std::vector<double>& row : *matrix) {
        CHECK(std::all_of(row.begin(), row.end(),
                          [](double factor) { return static_cast<double>(static_cast<float>(factor)) == factor; }));
      }
    }
  }
}

TEST_CASE("convolutions by Winograd's form equal the reference evaluator") {
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    compare(seed, options_of(seed), testing::Way::alone);
  }
}

TEST_CASE("convolutions by Winograd's form on several threads equal the reference evaluator") {
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    plan::Options options = options_of(seed);
    options.threads = 2 + static_cast<std::int64_t>(seed % 2);
    options.meeting_nanoseconds = 0;  // cuts whatever can be cut
    compare(seed, options, testing::Way::together);
  }
}

TEST_CASE("convolutions by filtered rows equal the reference evaluator") {
  std::size_t filtered = 0;
  for (std::uint64_t seed = 0; seed < 2 * kModels; ++seed) {
    plan::Options options = options_of_rows(seed);
    compare(seed, options, testing::Way::alone);
    const graph::Graph graph = passes::optimise(testing::make_random_convolution(seed), {});
    filtered += filtered_rows(plan::make_plan(graph, options).single.steps);
    options.threads = 2 + static_cast<std::int64_t>(seed % 2);
    options.meeting_nanoseconds = 0;
    compare(seed, options, testing::Way::together);
  }
  CHECK(filtered > 4 * kModels);
}

TEST_CASE("no strict plan transforms a convolution") {
  plan::Options options = options_of(1);
  options.strict = true;
  const graph::Graph graph = testing::make_random_convolution(1);
  const plan::Plan plan = plan::make_plan(passes::optimise(graph, {.strict = true, .after_pass = {}}), options);
  CHECK(winograd_steps(plan.single.steps) == 0);
  CHECK(filtered_rows(plan.single.steps) == 0);
}
