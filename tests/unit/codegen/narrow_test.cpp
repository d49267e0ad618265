// Compiled convolutions of few channels equal the reference on every level: neighbouring positions lie in the lanes.
#include <algorithm>

#include "catch.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "support/random_convolution.hpp"
#include "support/random_graph.hpp"
#include "support/run_model.hpp"
#include "unit/codegen/compare.hpp"

namespace kdlc::testing {
namespace {

constexpr std::uint64_t kSeeds = 40;

bool has_weights_left(const plan::Body& body) {
  return std::any_of(body.steps.begin(), body.steps.end(), [](const plan::Step& step) {
    const auto* contraction = std::get_if<plan::ContractionStep>(&step.kernel);
    return contraction != nullptr && contraction->left.memory == plan::Memory::weights;
  });
}

TEST_CASE("compiled convolutions of few channels agree with the reference") {
  for (const std::string& cpu : runnable_cpus()) {
    int with_weights_left = 0;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const graph::Graph graph = make_random_narrow_convolution(seed);
      INFO("seed " << seed);
      compare_with_reference(
          graph, cpu, {.chunk = seed % 2 == 0 ? 3 : 1, .n = {}, .tolerance = 1e-5, .seed = seed, .winograd_tile = 0});
      const plan::Plan plan =
          plan::make_plan(passes::optimise(graph, {}), {.machine = target_of(cpu).machine, .chunk = 3});
      CHECK(has_weights_left(plan.single) == has_weights_left(plan.chunk));
      with_weights_left += has_weights_left(plan.single) ? 1 : 0;
    }
    INFO(cpu);
    CHECK(with_weights_left >= static_cast<int>(kSeeds) / 8);
  }
}

bool has_pool(const plan::Body& body) {
  return std::any_of(body.steps.begin(), body.steps.end(), [](const plan::Step& step) {
    const auto* contraction = std::get_if<plan::ContractionStep>(&step.kernel);
    return contraction != nullptr && contraction->pool.has_value();
  });
}

TEST_CASE("windows over the results of few channels are reduced before they are stored") {
  constexpr std::uint64_t kPooledSeeds = 60;
  for (const std::string& cpu : runnable_cpus()) {
    int pooled = 0;
    for (std::uint64_t seed = 0; seed < kPooledSeeds; ++seed) {
      const graph::Graph graph = make_random_pooled_convolution(seed);
      INFO("seed " << seed);
      compare_with_reference(
          graph, cpu, {.chunk = seed % 2 == 0 ? 3 : 1, .n = {}, .tolerance = 2e-5, .seed = seed, .winograd_tile = 0});
      const plan::Plan plan =
          plan::make_plan(passes::optimise(graph, {}), {.machine = target_of(cpu).machine, .chunk = 3});
      pooled += has_pool(plan.single) && has_pool(plan.chunk) ? 1 : 0;
    }
    INFO(cpu);
    CHECK((pooled >= static_cast<int>(kPooledSeeds) / 12 || !target_of(cpu).machine.has_masks));
  }
}

std::int64_t most_taps(const plan::Body& body) {
  std::int64_t taps = 1;
  for (const plan::Step& step : body.steps) {
    const auto* contraction = std::get_if<plan::ContractionStep>(&step.kernel);
    taps = contraction != nullptr ? std::max(taps, contraction->block.taps) : taps;
  }
  return taps;
}

TEST_CASE("compiled convolutions whose rows share elements agree with the reference") {
  constexpr std::uint64_t kSharingSeeds = 60;
  for (const std::string& cpu : runnable_cpus()) {
    int with_taps = 0;
    for (std::uint64_t seed = 0; seed < kSharingSeeds; ++seed) {
      const graph::Graph graph = make_random_convolution_to_few(seed);
      INFO("seed " << seed);
      compare_with_reference(
          graph, cpu, {.chunk = seed % 2 == 0 ? 3 : 1, .n = {}, .tolerance = 1e-5, .seed = seed, .winograd_tile = 0});
      plan::Options options{.machine = target_of(cpu).machine, .chunk = 3};
      options.winograd_tile = 0;
      const plan::Plan plan = plan::make_plan(passes::optimise(graph, {}), options);
      with_taps += most_taps(plan.single) > 1 || most_taps(plan.chunk) > 1 ? 1 : 0;
      options.strict = true;
      const plan::Plan strict = plan::make_plan(passes::optimise(graph, {.strict = true, .after_pass = {}}), options);
      CHECK(most_taps(strict.single) == 1);
      CHECK(most_taps(strict.chunk) == 1);
    }
    INFO(cpu);
    CHECK((with_taps >= static_cast<int>(kSharingSeeds) / 8 || !target_of(cpu).machine.has_masks));
  }
}

}  // namespace
}  // namespace kdlc::testing
