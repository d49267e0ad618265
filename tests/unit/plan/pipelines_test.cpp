// Plans that compute recurrent layers in a pipeline of threads equal the reference evaluator.
#include <algorithm>
#include <set>

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

/// Whether two threads have a loop each between the same meetings.
bool has_loops_beside(const plan::Plan& plan) {
  return std::any_of(plan.threads.regions.begin(), plan.threads.regions.end(), [](const plan::Region& region) {
    std::set<std::int64_t> threads;
    for (const plan::Share& share : region.shares) {
      if (region.rounds == 1 && std::holds_alternative<plan::LoopStep>(share.step.kernel)) {
        threads.insert(share.first);
      }
    }
    return threads.size() > 1;
  });
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

TEST_CASE("both directions of a layer are computed at once") {
  const TensorType type{.dtype = DType::f32, .shape = {{Dim::batch(), Dim(30), Dim(24)}}};
  graph::Graph graph;
  graph::Builder builder(graph);
  const graph::NodeId x = builder.input({.name = "x"}, type);
  std::vector<graph::NodeId> directions;
  for (const bool from_end : {false, true}) {
    const graph::NodeId kernel = builder.parameter({.path = from_end ? "back" : "ahead",
                                                    .type = {.dtype = DType::f32, .shape = {{24, 24}}},
                                                    .initializer = {.kind = "uniform", .value = 0.3}});
    const graph::NodeId projected = builder.contraction({.left = "ntk", .right = "kf", .output = "ntf"}, x, kernel);
    const graph::ScanId scan = builder.begin_scan();
    const graph::NodeId zero = builder.broadcast_to(builder.scalar(0, DType::f32), {{Dim::batch(), 24}});
    const graph::NodeId state = builder.scan_state({.scan = scan}, zero);
    const graph::NodeId slice = builder.scan_slice({.scan = scan, .axis = 1, .from_end = from_end}, projected);
    const graph::NodeId step = builder.reshape(slice, {{Dim::batch(), 24}});
    const graph::NodeId next = builder.map1(graph::MapOp::tanh, builder.map2(graph::MapOp::add, step, state));
    const graph::ScanAttributes scanned{
        .scan = scan, .steps = 30, .state_count = 1, .stacks = {{.axis = 1, .from_end = from_end}}};
    directions.push_back(builder.scan(scanned, {state}, {next}, {next}).back());
  }
  graph.outputs = {{.name = "y", .node = directions[0]}, {.name = "z", .node = directions[1]}};
  const plan::Plan plan = plan::make_plan(passes::optimise(graph, {}), options_of(2, false, 10));
  INFO(plan::dump(plan));
  CHECK(has_loops_beside(plan));
  testing::compare_plan(graph, plan, {{"N", 1}}, 1, testing::Way::together);
}
