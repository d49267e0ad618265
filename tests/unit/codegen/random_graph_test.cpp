// Compiled random graphs give what the reference evaluator gives, for every processor level of this machine.
//
// KDLC_RANDOM_SEEDS=begin:end runs other seeds than the few of every day; KDLC_RANDOM_CPU=x86-64-v3 one level only.
#include <cstdlib>
#include <iostream>

#include "catch.hpp"
#include "plan/plan.hpp"
#include "support/random_graph.hpp"
#include "support/run_model.hpp"

namespace kdlc {
namespace {

/// f32 sums of up to a few thousand products of numbers near 1, a few layers deep, in another order than the
/// reference's double sums.
constexpr double kTolerance = 1e-4;
constexpr std::uint64_t kDailySeeds = 60;

struct Seeds {
  std::uint64_t begin = 0;
  std::uint64_t end = kDailySeeds;
};

Seeds wanted_seeds() {
  const char* text = std::getenv("KDLC_RANDOM_SEEDS");
  if (text == nullptr) {
    return {};
  }
  char* colon = nullptr;
  const std::uint64_t begin = std::strtoull(text, &colon, 10);
  return {begin, *colon == ':' ? std::strtoull(colon + 1, nullptr, 10) : begin + 1};
}

std::vector<std::string> wanted_cpus() {
  const char* cpu = std::getenv("KDLC_RANDOM_CPU");
  return cpu != nullptr ? std::vector<std::string>{cpu} : testing::runnable_cpus();
}

std::vector<TensorData> reference(const graph::Graph& graph, const std::vector<TensorData>& inputs,
                                  const std::vector<TensorData>& parameters, std::size_t n) {
  std::vector<graph::NodeId> nodes;
  for (const graph::OutputInfo& output : graph.outputs) {
    nodes.push_back(output.node);
  }
  return evaluate(graph, {.sizes = {{"N", static_cast<std::int64_t>(n)}}, .inputs = inputs, .parameters = parameters},
                  nodes);
}

void check_seed(std::uint64_t seed, const std::string& cpu) {
  const graph::Graph graph =
      testing::make_random_graph({.seed = seed, .convolutions = false, .depthwise = false, .transposed = false});
  const codegen::Target target = testing::target_of(cpu);
  const plan::Plan plan =
      plan::make_plan(graph, {.machine = target.machine, .strict = false, .chunk = seed % 2 == 0 ? 3 : 0});
  INFO("seed " << seed << " on " << cpu << "\n" << dump(graph) << "\n" << plan::dump(plan));
  const std::vector<TensorData> parameters = testing::random_parameters(graph, seed);
  const auto model = testing::compile_and_load(plan, target, plan::pack_weights(plan, parameters));
  const auto chunk = static_cast<std::size_t>(plan.chunk.samples);
  const std::size_t many = chunk <= 8 ? 3 * chunk + 2 : chunk + 1;
  for (const std::size_t n : {std::size_t{1}, std::size_t{2}, many}) {
    const std::map<std::string, std::int64_t> sizes = {{"N", static_cast<std::int64_t>(n)}};
    const std::vector<TensorData> inputs = testing::random_inputs(graph, sizes, seed);
    const std::vector<TensorData> expected = reference(graph, inputs, parameters, n);
    for (const testing::Guard guard : {testing::Guard::behind, testing::Guard::before}) {
      const testing::RunResult result = testing::run_guarded(model->model(), n, inputs, guard);
      REQUIRE(result.status == KDLC_OK);
      for (std::size_t k = 0; k < expected.size(); ++k) {
        TensorData actual = expected[k];
        actual.bytes = result.outputs[k];
        const auto difference = testing::find_difference(expected[k], actual, kTolerance);
        INFO("n = " << n << ", output " << k << ": " << difference.value_or(""));
        REQUIRE(!difference.has_value());
      }
    }
  }
}

TEST_CASE("compiled random graphs agree with the reference") {
  const Seeds seeds = wanted_seeds();
  for (const std::string& cpu : wanted_cpus()) {
    for (std::uint64_t seed = seeds.begin; seed < seeds.end; ++seed) {
      if (std::getenv("KDLC_RANDOM_VERBOSE") != nullptr) {
        std::cerr << cpu << " " << seed << "\n";
      }
      check_seed(seed, cpu);
    }
  }
}

}  // namespace
}  // namespace kdlc
