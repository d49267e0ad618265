// Compiled layers by Strassen's form equal the reference within the stated bound, on every level.
#include "plan/strassen.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "catch.hpp"
#include "passes/passes.hpp"
#include "support/random_dense.hpp"
#include "support/random_graph.hpp"
#include "support/run_model.hpp"
#include "unit/codegen/compare.hpp"
#include "unit/codegen/layer_error.hpp"

namespace kdlc::testing {
namespace {

constexpr std::uint64_t kSeeds = 36;

/// The machine for which the planner takes the variant.
std::int64_t multiply_adds_of(plan::StrassenVariant variant) {
  return variant == plan::StrassenVariant::winograd ? 1 : 2;
}

constexpr std::array kVariants = {plan::StrassenVariant::strassen, plan::StrassenVariant::winograd};

TEST_CASE("compiled layers by Strassen's form agree with the reference") {
  for (const std::string& cpu : runnable_cpus()) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const graph::Graph graph = make_random_dense(seed);
      INFO("seed " << seed);
      compare_with_reference(graph, cpu,
                             {.chunk = 1 + static_cast<std::int64_t>(seed % 6),
                              .n = {},
                              .tolerance = 1e-5,
                              .seed = seed,
                              .strassen = true,
                              .l2_bytes = seed % 4 < 2 ? std::int64_t{16 << 10} : 0,
                              .multiply_adds_a_cycle = 1 + static_cast<std::int64_t>(seed / 2 % 2)});
    }
  }
}

/// One dense layer of random numbers: rows uniform in ±1, weights as training leaves them.
struct Layer {
  std::int64_t rows;
  std::int64_t depth;
  std::int64_t columns;

  [[nodiscard]] graph::Graph graph() const {
    graph::Graph graph;
    graph.name = "Layer";
    graph::Builder builder(graph);
    const graph::NodeId x = builder.input({.name = "x"}, {.dtype = DType::f32, .shape = {{Dim::batch(), rows, depth}}});
    const graph::NodeId weight =
        builder.parameter({.path = "w",
                           .type = {.dtype = DType::f32, .shape = {{depth, columns}}},
                           .initializer = {.kind = "uniform", .value = std::sqrt(3.0 / static_cast<double>(depth))}});
    graph.outputs.push_back(
        {.name = "y", .node = builder.contraction({.left = "nrk", .right = "kc", .output = "nrc"}, x, weight)});
    return graph;
  }
};

LayerError error_of(const Layer& layer, plan::StrassenVariant variant, std::uint64_t seed) {
  const graph::Graph graph = layer.graph();
  codegen::Target target = target_of(runnable_cpus().back());
  target.machine.multiply_adds_a_cycle = multiply_adds_of(variant);
  const plan::Plan plan =
      plan::make_plan(passes::optimise(graph, {}), {.machine = target.machine, .chunk = 1, .strassen = true});
  const auto& step = std::get<plan::ContractionStep>(plan.single.steps.front().kernel);
  REQUIRE((step.strassen && step.strassen->variant == variant));
  return measure_error(graph, plan, target, layer.depth, seed);
}

TEST_CASE("the error of Strassen's form stays within its bound") {
  for (const plan::StrassenVariant variant : kVariants) {
    double worst = 0;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      for (const Layer& layer :
           {Layer{.rows = 8, .depth = 16, .columns = 64}, Layer{.rows = 60, .depth = 256, .columns = 96},
            Layer{.rows = 32, .depth = 1024, .columns = 64}}) {
        const LayerError error = error_of(layer, variant, seed);
        const double bound = plan::strassen_error(variant, layer.depth) * error.magnitude;
        INFO("depth " << layer.depth << ": error " << error.largest << ", bound " << bound << ", outputs "
                      << error.output);
        CHECK(error.largest <= bound);
        CHECK(error.largest <= 1e-5 * error.output);
        worst = std::max(worst, error.largest / error.output);
      }
    }
    CHECK(worst > 1e-7);  // it was used
  }
}

}  // namespace
}  // namespace kdlc::testing
