// Compiled random graphs give what the reference evaluator gives, for every processor level of this machine.
//
// KDLC_RANDOM_SEEDS=begin:end runs other seeds than the few of every day; KDLC_RANDOM_CPU=x86-64-v3 one level only.
#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "catch.hpp"
#include "passes/passes.hpp"
#include "plan/plan.hpp"
#include "support/random_graph.hpp"
#include "support/run_model.hpp"
#include "unit/codegen/compare.hpp"

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

/// Two of three graphs are small, every third has rows of many vectors.
graph::Graph graph_of(std::uint64_t seed) {
  const bool is_wide = seed % 3 == 2;
  return testing::make_random_graph({.seed = seed,
                                     .max_operations = is_wide ? 5 : 10,
                                     .max_size = is_wide ? 20 : 9,
                                     .max_channels = is_wide ? 300 : 20});
}

TEST_CASE("compiled random graphs agree with the reference") {
  const Seeds seeds = wanted_seeds();
  for (const std::string& cpu : wanted_cpus()) {
    for (std::uint64_t seed = seeds.begin; seed < seeds.end; ++seed) {
      const graph::Graph graph = graph_of(seed);
      INFO("seed " << seed);
      testing::compare_with_reference(graph, cpu,
                                      {.chunk = seed % 2 == 0 ? 3 : 0,
                                       .n = {},
                                       .tolerance = kTolerance,
                                       .seed = seed,
                                       .winograd_tile = seed % 4 == 1 ? std::optional<std::int64_t>(4) : std::nullopt,
                                       .strassen = seed % 3 == 0 ? std::optional<bool>(true) : std::nullopt});
    }
  }
}

TEST_CASE("compiled random graphs agree with the reference whatever measuring chose") {
  const Seeds seeds = wanted_seeds();
  const std::vector<std::string> cpus = wanted_cpus();
  for (std::uint64_t seed = seeds.begin; seed < seeds.end; ++seed) {
    const graph::Graph graph = graph_of(seed);
    INFO("seed " << seed);
    testing::compare_with_reference(
        graph, cpus[seed % cpus.size()],
        {.chunk = seed % 2 == 0 ? 3 : 0, .n = {}, .tolerance = kTolerance, .seed = seed, .has_other_choices = true});
  }
}

/// The inputs of sample `which` alone.
std::vector<TensorData> sample_of(const std::vector<TensorData>& inputs, std::size_t which) {
  std::vector<TensorData> samples;
  for (const TensorData& input : inputs) {
    TensorData sample = input;
    const auto bytes = static_cast<std::ptrdiff_t>(input.bytes.size() / static_cast<std::size_t>(input.shape.front()));
    const auto begin = input.bytes.begin() + bytes * static_cast<std::ptrdiff_t>(which);
    sample.shape.front() = 1;
    sample.bytes.assign(begin, begin + bytes);
    samples.push_back(std::move(sample));
  }
  return samples;
}

TEST_CASE("strict builds give the same bits for every number of samples and chunk") {
  constexpr std::size_t kSamples = 7;
  for (const std::string& cpu : wanted_cpus()) {
    const codegen::Target target = testing::target_of(cpu);
    for (std::uint64_t seed = 0; seed < kDailySeeds / 2; ++seed) {
      const graph::Graph graph = graph_of(seed);
      const auto optimised = passes::optimise(graph, {.strict = true, .after_pass = {}});
      const auto inputs = testing::random_inputs(graph, {{"N", kSamples}}, seed);
      std::vector<std::vector<std::byte>> together;
      for (const std::int64_t chunk : {2, 5}) {
        const plan::Plan plan = plan::make_plan(optimised, {.machine = target.machine, .strict = true, .chunk = chunk});
        const auto weights = plan::pack_weights(plan, testing::random_parameters(graph, seed));
        const auto model = testing::compile_and_load(plan, target, weights, testing::Arithmetic::strict);
        INFO("seed " << seed << " on " << cpu << ", chunk " << chunk << "\n" << plan::dump(plan));
        const auto outputs = testing::run_guarded(model->model(), kSamples, inputs, testing::Guard::behind).outputs;
        REQUIRE((together.empty() || together == outputs));
        together = outputs;
        for (std::size_t which = 0; which < kSamples; ++which) {
          const auto alone =
              testing::run_guarded(model->model(), 1, sample_of(inputs, which), testing::Guard::behind).outputs;
          for (std::size_t k = 0; k < alone.size(); ++k) {
            const auto begin = together[k].begin() + static_cast<std::ptrdiff_t>(alone[k].size() * which);
            const bool has_same_bits = std::equal(alone[k].begin(), alone[k].end(), begin);
            INFO("sample " << which << ", output " << k);
            REQUIRE(has_same_bits);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace kdlc
