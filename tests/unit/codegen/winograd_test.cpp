// Compiled convolutions by Winograd's form equal the reference within the stated bound, on every level.
#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "plan/winograd.hpp"
#include "support/random_convolution.hpp"
#include "support/random_graph.hpp"
#include "support/run_model.hpp"
#include "unit/codegen/compare.hpp"
#include "unit/codegen/layer_error.hpp"

namespace kdlc::testing {
namespace {

constexpr std::uint64_t kSeeds = 36;

TEST_CASE("compiled convolutions by Winograd's form agree with the reference") {
  for (const std::string& cpu : runnable_cpus()) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const graph::Graph graph = make_random_convolution(seed);
      INFO("seed " << seed);
      compare_with_reference(graph, cpu,
                             {.chunk = seed % 2 == 0 ? 3 : 1,
                              .n = {},
                              .tolerance = 1e-5,
                              .seed = seed,
                              .winograd_tile = seed % 3 == 0   ? 2
                                               : seed % 3 == 1 ? 4
                                                               : plan::kRowTile,
                              .l2_bytes = seed % 4 == 0 ? std::int64_t{16 << 10} : 0});
    }
  }
}

/// One convolution of random numbers: cells uniform in ±1, weights as training leaves them.
struct Layer {
  std::int64_t size;
  std::int64_t channels;
  std::int64_t filters;
  std::int64_t stride = 1;

  [[nodiscard]] graph::Graph graph() const {
    graph::Graph graph;
    graph.name = "Layer";
    graph::Builder builder(graph);
    const NodeId x =
        builder.input({.name = "x"}, {.dtype = DType::f32, .shape = {{Dim::batch(), size, size, channels}}});
    const NodeId weight = builder.parameter(
        {.path = "w",
         .type = {.dtype = DType::f32, .shape = {{3, 3, channels, filters}}},
         .initializer = {.kind = "uniform", .value = std::sqrt(3.0 / static_cast<double>(9 * channels))}});
    graph.outputs.push_back(
        {.name = "y",
         .node = builder.contraction({.left = "nhwc",
                                      .right = "pqcf",
                                      .output = "nhwf",
                                      .windows = {{.output = 'h', .window = 'p', .stride = stride},
                                                  {.output = 'w', .window = 'q', .stride = stride}}},
                                     x, weight)});
    return graph;
  }
  using NodeId = graph::NodeId;
};

LayerError error_of(const Layer& layer, std::int64_t tile, std::uint64_t seed) {
  const graph::Graph graph = layer.graph();
  const codegen::Target target = target_of(runnable_cpus().back());
  const plan::Plan plan =
      plan::make_plan(passes::optimise(graph, {}), {.machine = target.machine, .chunk = 1, .winograd_tile = tile});
  return measure_error(graph, plan, target, 9 * layer.channels, seed);
}

TEST_CASE("the error of filtered rows stays within the bound of tiles with the same points") {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const Layer layer{.size = 9, .channels = 256, .filters = 64};
    const LayerError error = error_of(layer, plan::kRowTile, seed);
    CHECK(error.largest <= plan::winograd_error({.tile = 2}, 3 * layer.channels) * error.magnitude);
    CHECK(error.largest <= 1e-5 * error.output);
    CHECK(error.largest > 0);
  }
}

TEST_CASE("the error of Winograd's form stays within its bound") {
  double worst = 0;
  for (const plan::WinogradForm& form :
       {plan::WinogradForm{.tile = 2, .stride = 1}, {.tile = 4, .stride = 1}, {.tile = 2, .stride = 2}}) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      for (Layer layer :
           {Layer{.size = 10, .channels = 3, .filters = 16}, Layer{.size = 13, .channels = 64, .filters = 32},
            Layer{.size = 9, .channels = 256, .filters = 64}}) {
        layer.stride = form.stride;
        const LayerError error = error_of(layer, form.tile, seed);
        const double bound = plan::winograd_error(form, layer.channels) * error.magnitude;
        INFO("F(" << form.tile << "), stride " << form.stride << ", " << layer.channels << " channels: error "
                  << error.largest << ", bound " << bound << ", outputs " << error.output);
        CHECK(error.largest <= bound);
        CHECK(error.largest <= 1e-5 * error.output);
        worst = std::max(worst, error.largest / error.output);
      }
    }
  }
  CHECK(worst > 1e-7);  // it was used
}

}  // namespace
}  // namespace kdlc::testing
