// Plans that compute chains of convolutions in bands equal the reference evaluator.
#include <algorithm>

#include "catch.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "support/random_bands.hpp"
#include "support/random_graph.hpp"
#include "unit/plan/compare_plan.hpp"

using namespace kdlc;

namespace {

constexpr std::uint64_t kModels = 60;

std::int64_t loops_of(const std::vector<plan::Step>& steps) {
  return std::count_if(steps.begin(), steps.end(),
                       [](const plan::Step& step) { return std::holds_alternative<plan::LoopStep>(step.kernel); });
}

/// Contractions in loops that are written over what is added to them.
std::int64_t overwritten_in_loops(const std::vector<plan::Step>& steps) {
  std::int64_t count = 0;
  for (const plan::Step& step : steps) {
    const auto* loop = std::get_if<plan::LoopStep>(&step.kernel);
    for (const plan::Step& turn : loop == nullptr ? std::vector<plan::Step>{} : loop->steps) {
      const auto* contraction = std::get_if<plan::ContractionStep>(&turn.kernel);
      count += contraction == nullptr ? 0
                                      : std::count(contraction->epilogue_operands.begin(),
                                                   contraction->epilogue_operands.end(), contraction->output);
    }
  }
  return count;
}

plan::Plan plan_of(const graph::Graph& graph, std::int64_t l2_bytes, std::int64_t threads = 1) {
  plan::Machine machine{.vector_bytes = 64, .vector_registers = 32, .has_fma = true, .has_masks = true};
  machine.l2_bytes = l2_bytes;
  return plan::make_plan(passes::optimise(graph, {}),
                         {.machine = machine, .chunk = 1, .threads = threads, .meeting_nanoseconds = 0});
}

}  // namespace

TEST_CASE("chains of convolutions computed in bands equal the reference evaluator") {
  std::int64_t loops = 0;
  std::int64_t overwritten = 0;
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    const graph::Graph graph = testing::make_random_chain(seed);
    const plan::Plan plan = plan_of(graph, std::int64_t{6 << 10} << (seed % 3));
    loops += loops_of(plan.single.steps);
    overwritten += overwritten_in_loops(plan.single.steps);
    testing::compare_plan(graph, plan, {{"N", 1}}, seed, testing::Way::alone);
  }
  CHECK(loops > static_cast<std::int64_t>(kModels) / 4);
  CHECK(overwritten > 0);
}

TEST_CASE("chains of convolutions computed in bands by several threads equal the reference evaluator") {
  std::int64_t loops = 0;
  std::int64_t alike = 0;
  for (std::uint64_t seed = 0; seed < kModels / 2; ++seed) {
    const auto threads = static_cast<std::int64_t>(2 + seed % 4);
    const graph::Graph graph = testing::make_random_chain(seed);
    const plan::Plan plan = plan_of(graph, std::int64_t{8 << 10} << (seed % 3), threads);
    for (const plan::Region& region : plan.threads.regions) {
      for (const plan::Share& share : region.shares) {
        const bool is_loop = std::holds_alternative<plan::LoopStep>(share.step.kernel);
        loops += is_loop ? 1 : 0;
        alike += is_loop && share.threads > 1 ? 1 : 0;
      }
    }
    testing::compare_plan(graph, plan, {{"N", 1}}, seed, testing::Way::together);
  }
  CHECK(loops > static_cast<std::int64_t>(kModels) / 8);
  CHECK(alike > 0);  // threads that do the same, each at its own place
}

TEST_CASE("maps that fit the cache are computed whole") {
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    CHECK(loops_of(plan_of(testing::make_random_chain(seed), 64 << 20).single.steps) == 0);
  }
}
