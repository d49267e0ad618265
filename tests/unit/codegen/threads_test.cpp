// Models compiled for several threads: the same bits as on one when strict, nearly the same otherwise, whatever the
// caller's parallel-for does with the parts.
#include <thread>

#include <pool.h>

#include "catch.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "support/random_bands.hpp"
#include "support/random_graph.hpp"
#include "support/random_recurrent.hpp"
#include "support/run_model.hpp"
#include "unit/codegen/compare.hpp"

namespace kdlc {
namespace {

constexpr std::uint64_t kSeeds = 24;

/// The last part first, on the caller's thread: no part may wait for another.
void backwards(void* context, std::size_t count, void (*body)(void*, std::size_t), void* body_context) {
  ++*static_cast<int*>(context);
  for (std::size_t index = count; index-- > 0;) {
    body(body_context, index);
  }
}

kdlc_options options_with(kdlc_parallel_for parallel_for, void* context) {
  kdlc_options options{};
  options.struct_bytes = sizeof options;
  options.parallel_for = parallel_for;
  options.parallel_context = context;
  return options;
}

using Outputs = std::vector<std::vector<std::byte>>;

Outputs run(const link::LoadedModel& model, std::size_t n, const std::vector<TensorData>& inputs,
            const kdlc_options* options, testing::Guard guard) {
  const testing::RunResult result = testing::run_guarded(model.model(), n, inputs, guard, {}, nullptr, options);
  REQUIRE(result.status == KDLC_OK);
  return result.outputs;
}

/// One model under test: compiled for one thread and for several.
struct Pair {
  graph::Graph graph;
  std::unique_ptr<link::LoadedModel> one;
  std::unique_ptr<link::LoadedModel> several;
  bool has_regions = false;
};

Pair compile_pair(std::uint64_t seed, std::int64_t threads, testing::Arithmetic arithmetic) {
  const bool is_strict = arithmetic == testing::Arithmetic::strict;
  const bool is_wide = seed % 3 == 2;
  Pair pair;
  const bool is_chain = seed % 4 == 3;
  const bool is_recurrent = seed % 6 == 4;
  pair.graph = is_chain       ? testing::make_random_chain(seed)
               : is_recurrent ? testing::make_random_recurrent(seed)
                              : testing::make_random_graph({.seed = seed,
                                                            .max_operations = is_wide ? 5 : 10,
                                                            .max_size = is_wide ? 20 : 9,
                                                            .max_channels = is_wide ? 300 : 20});
  const std::vector<std::string> cpus = testing::runnable_cpus();
  codegen::Target target = testing::target_of(cpus[seed % cpus.size()]);
  if (is_chain) {
    target.machine.l2_bytes = 8 << 10;  // so that maps are computed in bands
  }
  if (seed % 4 == 1) {
    target.machine.l1_bytes = 256;  // so that attention goes head by head
  }
  const auto optimised = passes::optimise(pair.graph, {.strict = is_strict, .after_pass = {}});
  plan::Options options{.machine = target.machine, .strict = is_strict, .chunk = 3};
  const auto load = [&](const plan::Plan& plan) {
    const auto weights = plan::pack_weights(plan, testing::random_parameters(pair.graph, seed));
    return testing::compile_and_load(plan, target, weights, arithmetic);
  };
  pair.one = load(plan::make_plan(optimised, options));
  options.threads = threads;
  options.meeting_nanoseconds = 0;  // cuts whatever can be cut
  const plan::Plan plan = plan::make_plan(optimised, options);
  pair.has_regions = !plan.threads.regions.empty();
  pair.several = load(plan);
  REQUIRE(pair.several->model().threads == static_cast<std::size_t>(threads));
  return pair;
}

TEST_CASE("strict builds give the same bits for every number of threads") {
  int with_regions = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto threads = static_cast<std::int64_t>(2 + seed % 3);
    const Pair pair = compile_pair(seed, threads, testing::Arithmetic::strict);
    with_regions += pair.has_regions ? 1 : 0;
    const std::unique_ptr<kdlc_pool, void (*)(kdlc_pool*)> pool(kdlc_pool_open(3), kdlc_pool_close);
    REQUIRE(pool != nullptr);
    for (const std::size_t n : {1U, 2U, 11U}) {
      INFO("seed " << seed << ", " << threads << " threads, n = " << n);
      const auto inputs = testing::random_inputs(pair.graph, {{"N", static_cast<std::int64_t>(n)}}, seed);
      const Outputs expected = run(*pair.one, n, inputs, nullptr, testing::Guard::behind);
      int calls = 0;
      const kdlc_options serial = options_with(backwards, &calls);
      const kdlc_options pooled = options_with(kdlc_pool_run, pool.get());
      const kdlc_options none = options_with(nullptr, nullptr);
      for (const testing::Guard guard : {testing::Guard::behind, testing::Guard::before}) {
        CHECK(run(*pair.several, n, inputs, &serial, guard) == expected);
        CHECK(run(*pair.several, n, inputs, &pooled, guard) == expected);
      }
      CHECK(run(*pair.several, n, inputs, &none, testing::Guard::behind) == expected);
      CHECK(run(*pair.several, n, inputs, nullptr, testing::Guard::behind) == expected);
      CHECK((calls > 0 || !pair.has_regions));
    }
  }
  CHECK(with_regions > static_cast<int>(kSeeds / 2));
}

TEST_CASE("fast builds for several threads give nearly what one thread gives") {
  for (std::uint64_t seed = kSeeds; seed < 2 * kSeeds; ++seed) {
    const Pair pair = compile_pair(seed, static_cast<std::int64_t>(2 + seed % 3), testing::Arithmetic::fast);
    for (const std::size_t n : {1U, 7U}) {
      INFO("seed " << seed << ", n = " << n);
      const auto inputs = testing::random_inputs(pair.graph, {{"N", static_cast<std::int64_t>(n)}}, seed);
      const Outputs expected = run(*pair.one, n, inputs, nullptr, testing::Guard::behind);
      int calls = 0;
      const kdlc_options serial = options_with(backwards, &calls);
      const Outputs actual = run(*pair.several, n, inputs, &serial, testing::Guard::behind);
      for (std::size_t k = 0; k < expected.size(); ++k) {
        const TensorType& type = pair.graph.node(pair.graph.outputs[k].node).type;
        TensorData left =
            TensorData::zeros(type.dtype, {static_cast<std::int64_t>(expected[k].size() / size_bytes(type.dtype))});
        TensorData right = left;
        left.bytes = expected[k];
        right.bytes = actual[k];
        const auto difference = testing::find_difference(left, right, 1e-4);
        INFO("output " << k << ": " << difference.value_or(""));
        CHECK_FALSE(difference.has_value());
      }
    }
  }
}

TEST_CASE("many callers share one pool") {
  const Pair pair = compile_pair(2, 3, testing::Arithmetic::strict);
  const std::unique_ptr<kdlc_pool, void (*)(kdlc_pool*)> pool(kdlc_pool_open(3), kdlc_pool_close);
  const kdlc_options options = options_with(kdlc_pool_run, pool.get());
  const auto inputs = testing::random_inputs(pair.graph, {{"N", 5}}, 2);
  const Outputs expected = run(*pair.one, 5, inputs, nullptr, testing::Guard::behind);
  const kdlc_model& model = pair.several->model();
  std::vector<const void*> input_pointers;
  for (const TensorData& input : inputs) {
    input_pointers.push_back(input.bytes.data());
  }
  constexpr int kCallers = 4;
  std::vector<int> wrong(kCallers, 0);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      testing::GuardedMemory arena(model.arena_bytes, model.arena_align, testing::Guard::behind);
      for (int call = 0; call < 50; ++call) {
        Outputs outputs = expected;
        std::vector<void*> output_pointers;
        for (std::vector<std::byte>& output : outputs) {
          output.assign(output.size(), std::byte{0xff});
          output_pointers.push_back(output.data());
        }
        const std::size_t n = 5;
        const int status = model.run(model.embedded, arena.data(), model.arena_bytes, &options, nullptr, &n,
                                     input_pointers.data(), output_pointers.data());
        wrong[static_cast<std::size_t>(caller)] += status == KDLC_OK && outputs == expected ? 0 : 1;
      }
    });
  }
  for (std::thread& caller : callers) {
    caller.join();
  }
  CHECK(wrong == std::vector<int>(kCallers, 0));
}

}  // namespace
}  // namespace kdlc
