// Plans that compute recurrent layers in a pipeline of threads equal the reference evaluator.
#include <algorithm>

#include "catch.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "support/random_recurrent.hpp"
#include "unit/plan/compare_plan.hpp"

using namespace kdlc;

namespace {

bool has_rounds(const plan::Plan& plan) {
  return std::any_of(plan.threads.regions.begin(), plan.threads.regions.end(),
                     [](const plan::Region& region) { return region.rounds > 1; });
}

plan::Options options_of(std::int64_t threads, bool is_strict, double meeting_nanoseconds) {
  return {.machine = {.vector_bytes = 64, .vector_registers = 32, .has_fma = true, .has_masks = true},
          .strict = is_strict,
          .chunk = 1,
          .threads = threads,
          .meeting_nanoseconds = meeting_nanoseconds};
}

}  // namespace

TEST_CASE("recurrent layers in a pipeline of threads equal the reference evaluator") {
  constexpr std::uint64_t kModels = 120;
  std::uint64_t pipelines = 0;
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    const graph::Graph graph = testing::make_random_recurrent(seed);
    const bool is_strict = seed % 3 == 0;
    const auto options = options_of(static_cast<std::int64_t>(2 + seed % 3), is_strict, seed % 5 == 0 ? 10 : 0);
    const graph::Graph optimised = passes::optimise(graph, {.strict = is_strict, .after_pass = {}});
    const plan::Plan plan = plan::make_plan(optimised, options);
    pipelines += has_rounds(plan) ? 1 : 0;
    testing::compare_plan(graph, plan, {{"N", 1}}, seed, testing::Way::together);
  }
  CHECK(pipelines > kModels / 3);
  CHECK(pipelines < kModels);  // some look at steps that come later
}
