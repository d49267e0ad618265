// Strassen's products are an exact identity, plans that use them equal the reference evaluator, and the cost model
// takes them where they were measured to gain.
#include "plan/strassen.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "catch.hpp"
#include "passes/passes.hpp"
#include "support/random_dense.hpp"
#include "unit/plan/compare_plan.hpp"

using namespace kdlc;

namespace {

constexpr std::uint64_t kModels = 14;

std::size_t strassen_steps(const std::vector<plan::Step>& steps) {
  return static_cast<std::size_t>(std::count_if(steps.begin(), steps.end(), [](const plan::Step& step) {
    const auto* contraction = std::get_if<plan::ContractionStep>(&step.kernel);
    return contraction != nullptr && contraction->strassen.has_value();
  }));
}

/// Steps with the form that name its sums of weights, and not the weights.
std::size_t steps_without_weights(const std::vector<plan::Step>& steps) {
  return static_cast<std::size_t>(std::count_if(steps.begin(), steps.end(), [](const plan::Step& step) {
    const auto* contraction = std::get_if<plan::ContractionStep>(&step.kernel);
    return contraction != nullptr && contraction->strassen &&
           contraction->right.offset_bytes == contraction->strassen->right.offset_bytes;
  }));
}

plan::Options options_of(std::uint64_t seed) {
  plan::Options options;
  options.strassen = true;
  options.chunk = 1 + static_cast<std::int64_t>(seed % 4);
  if (seed % 4 < 2) {
    options.machine = {.vector_bytes = 64, .vector_registers = 32, .has_fma = true, .has_masks = true};
  }
  if (seed % 5 == 0) {
    options.machine.l1_bytes = 1 << 10;  // a few rows at once
  }
  if (seed % 3 != 0) {
    options.machine.multiply_adds_a_cycle = 1;  // Winograd's variant
    options.machine.l2_bytes = seed % 2 == 0 ? 4 << 10 : 32 << 10;
  }
  return options;
}

/// Steps with the form in either body.
std::size_t compare(std::uint64_t seed, const plan::Options& options, testing::Way way) {
  const graph::Graph graph = testing::make_random_dense(seed);
  const plan::Plan plan = plan::make_plan(passes::optimise(graph, {}), options);
  testing::compare_plan(graph, plan, {{"N", 1 + static_cast<std::int64_t>(seed % 9)}}, seed, way);
  return strassen_steps(plan.single.steps) + strassen_steps(plan.chunk.steps);
}

std::size_t compare_all(testing::Way way) {
  std::size_t steps = 0;
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    plan::Options options = options_of(seed);
    if (way == testing::Way::together) {
      options.threads = 2 + static_cast<std::int64_t>(seed % 2);
      options.meeting_nanoseconds = 0;  // cuts whatever can be cut
    }
    steps += compare(seed, options, way);
  }
  return steps;
}

bool is_liked(std::int64_t multiply_adds_a_cycle, std::int64_t rows, std::int64_t depth, std::int64_t columns) {
  const plan::Machine machine{.vector_bytes = 64,
                              .vector_registers = 32,
                              .has_fma = true,
                              .has_masks = true,
                              .multiply_adds_a_cycle = multiply_adds_a_cycle,
                              .l1_bytes = multiply_adds_a_cycle == 1 ? 32 << 10 : 48 << 10,
                              .l2_bytes = multiply_adds_a_cycle == 1 ? 1 << 20 : 2 << 20};
  const plan::ContractionShape shape{.inner_rows = rows, .depth = depth, .inner_depth = depth, .columns = columns};
  const plan::ContractionBlock block = plan::choose_contraction_block(machine, shape);
  const double least_gain = multiply_adds_a_cycle == 1 ? 1.05 : 1.03;
  return least_gain * plan::choose_strassen(machine, shape, 1, false, nullptr).cycles <
         plan::contraction_cycles(machine, shape, block);
}

/// How often a pair of a left and a right quarter counts in a place.
using Pairs = std::array<std::array<int, 4>, 4>;

/// What is in the places of the output when all seven products have been computed, one after the other.
std::array<Pairs, 6> places_after(plan::StrassenVariant variant) {
  std::array<Pairs, 6> places{};
  for (const plan::StrassenTerm& term : plan::strassen_terms(variant)) {
    for (const std::optional<plan::StrassenTarget>& target : {std::optional(term.to_one), term.to_other}) {
      if (!target) {
        continue;
      }
      Pairs result = target->from ? places[static_cast<std::size_t>(*target->from)] : Pairs{};
      for (std::size_t left = 0; left < 4; ++left) {
        for (std::size_t right = 0; right < 4; ++right) {
          result[left][right] += target->sign * term.left[left] * term.right[right];
        }
      }
      places[static_cast<std::size_t>(target->to)] = result;
    }
  }
  return places;
}

}  // namespace

TEST_CASE("seven products of sums of quarters are a product of matrices") {
  for (const plan::StrassenVariant variant : {plan::StrassenVariant::strassen, plan::StrassenVariant::winograd}) {
    const std::array<Pairs, 6> places = places_after(variant);
    // Every pair of a left and a right quarter counts in an output as often as the product of matrices has it.
    for (std::size_t left = 0; left < 4; ++left) {
      for (std::size_t right = 0; right < 4; ++right) {
        for (std::size_t output = 0; output < 4; ++output) {
          const bool is_product = left % 2 == right / 2 && left / 2 == output / 2 && right % 2 == output % 2;
          INFO("left " << left << ", right " << right << ", output " << output);
          CHECK(places[output][left][right] == (is_product ? 1 : 0));
        }
      }
    }
  }
}

TEST_CASE("layers by Strassen's form equal the reference evaluator") {
  CHECK(compare_all(testing::Way::alone) > kModels / 2);
}

TEST_CASE("layers by Strassen's form on several threads equal the reference evaluator") {
  CHECK(compare_all(testing::Way::together) > kModels / 2);
}

TEST_CASE("weights are packed plainly only for calls that do not take Strassen's form") {
  std::size_t steps = 0;
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    const graph::Graph graph = passes::optimise(testing::make_random_dense(seed), {});
    plan::Options options = options_of(seed);
    options.chunk = 1;
    const plan::Plan one = plan::make_plan(graph, options);
    CHECK(steps_without_weights(one.single.steps) == strassen_steps(one.single.steps));
    CHECK(steps_without_weights(one.chunk.steps) == strassen_steps(one.chunk.steps));
    options.chunk = 4;  // a call may have less
    const plan::Plan four = plan::make_plan(graph, options);
    CHECK(steps_without_weights(four.chunk.steps) == 0);
    if (strassen_steps(one.chunk.steps) > 0 && strassen_steps(four.chunk.steps) > 0) {
      CHECK(one.packed_bytes < four.packed_bytes);
      ++steps;
    }
  }
  CHECK(steps > 2);
}

TEST_CASE("no strict plan has Strassen's form") {
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    plan::Options options = options_of(seed);
    options.strict = true;
    const plan::Plan plan = plan::make_plan(
        passes::optimise(testing::make_random_dense(seed), {.strict = true, .after_pass = {}}), options);
    CHECK(strassen_steps(plan.single.steps) + strassen_steps(plan.chunk.steps) == 0);
  }
}

TEST_CASE("the model takes Strassen's form for large layers whose weights serve many rows") {
  CHECK(is_liked(2, 256, 784, 512));
  CHECK(is_liked(2, 256, 512, 512));
  CHECK(is_liked(2, 1024, 1024, 1024));
  CHECK_FALSE(is_liked(2, 128, 1536, 384));
  CHECK_FALSE(is_liked(2, 196, 256, 1024));
  CHECK_FALSE(is_liked(2, 3136, 256, 64));
  CHECK_FALSE(is_liked(2, 32, 784, 512));
  CHECK_FALSE(is_liked(2, 64, 64, 64));
}

TEST_CASE("the model takes Winograd's variant for smaller layers where multiplications take longer") {
  CHECK(is_liked(1, 32, 784, 512));
  CHECK(is_liked(1, 32, 512, 512));
  CHECK(is_liked(1, 128, 384, 384));
  CHECK(is_liked(1, 128, 1536, 384));
  CHECK(is_liked(1, 128, 384, 1536));
  CHECK_FALSE(is_liked(1, 3136, 64, 256));
  CHECK_FALSE(is_liked(1, 784, 512, 128));
  CHECK_FALSE(is_liked(1, 196, 256, 1024));
  CHECK_FALSE(is_liked(1, 256, 192, 96));
  CHECK_FALSE(is_liked(1, 16, 64, 64));
}
