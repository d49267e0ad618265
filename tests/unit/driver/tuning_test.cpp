// Which candidate wins, with times that the tests make up.
#include "driver/tuning.hpp"

#include <algorithm>

#include "catch.hpp"

namespace kdlc::driver {
namespace {

constexpr plan::Machine kWide{.vector_bytes = 64, .vector_registers = 32, .has_fma = true, .has_masks = true};

/// Two dense layers of other widths, 256 samples in a chunk.
graph::Graph two_layers() {
  graph::Graph graph;
  graph::Builder builder(graph);
  const graph::NodeId rows = builder.input({.name = "x"}, {DType::f32, {{Dim::batch(), 64}}});
  const graph::NodeId first = builder.parameter({.path = "a", .type = {DType::f32, {{64, 96}}}});
  const graph::NodeId second = builder.parameter({.path = "b", .type = {DType::f32, {{96, 128}}}});
  const graph::ContractionAttributes dense{.left = "nk", .right = "kf", .output = "nf"};
  const graph::NodeId hidden = builder.contraction(dense, rows, first);
  graph.outputs = {{.name = "y", .node = builder.contraction(dense, hidden, second)}};
  return graph;
}

/// Seconds of a step in a round.
using Clock = std::function<double(const plan::ContractionStep& step, TimedBody body, std::size_t round)>;

/// The seconds that a whole call takes beside those of its steps.
using CallClock = std::function<double(const plan::Plan& plan)>;

struct Run {
  plan::MeasuredChoices choices;
  std::size_t passes = 0;  // of a body
  std::size_t plans = 0;
};

Run run(
    const Clock& clock, std::int64_t chunk, plan::MeasuredChoices known = {},
    const CallClock& call_clock = [](const plan::Plan&) { return 0.0; }) {
  constexpr std::size_t kRounds = 12;
  Run result;
  const PlanWith plan_with = [&](const plan::MeasuredChoices& answers) {
    return plan::make_plan(two_layers(), {.machine = kWide, .chunk = chunk, .measured = &answers, .candidates = 6});
  };
  const TimePlans time_plans = [&](const std::vector<plan::Plan>& plans, TimedBody body, TimedScope scope) {
    ++result.passes;
    result.plans += plans.size();
    std::vector<StepRounds> times;
    for (const plan::Plan& plan : plans) {
      StepRounds& steps = times.emplace_back();
      for (const plan::Step& step : (body == TimedBody::single ? plan.single : plan.chunk).steps) {
        std::vector<double>& rounds = steps.emplace_back();
        for (std::size_t round = 0; round < kRounds; ++round) {
          rounds.push_back(clock(std::get<plan::ContractionStep>(step.kernel), body, round));
        }
      }
      if (scope == TimedScope::call) {
        std::vector<double> calls(kRounds, call_clock(plan));
        for (std::size_t round = 0; round < kRounds; ++round) {
          for (const std::vector<double>& rounds : steps) {
            calls[round] += rounds[round];
          }
        }
        steps = {std::move(calls)};
      }
    }
    return std::optional(times);
  };
  const auto choices = tune(plan_with, time_plans, std::move(known));
  REQUIRE(choices.has_value());
  result.choices = *choices;
  return result;
}

plan::Plan plan_with(const plan::MeasuredChoices& choices, std::int64_t chunk) {
  return plan::make_plan(two_layers(), {.machine = kWide, .chunk = chunk, .measured = &choices});
}

const plan::ContractionBlock& block_of(const plan::Body& body, std::size_t step) {
  return std::get<plan::ContractionStep>(body.steps[step].kernel).block;
}

TEST_CASE("the candidate that is faster in every round is taken, each layer's own") {
  for (const std::int64_t chunk : {1, 64}) {
    // Each layer likes panels of another width than the cost model takes: the first such candidate's.
    const plan::Plan asked = plan::make_plan(two_layers(), {.machine = kWide, .chunk = chunk, .candidates = 6});
    std::vector<std::int64_t> liked;
    for (std::size_t layer = 0; layer < 2; ++layer) {
      const auto& step = std::get<plan::ContractionStep>(asked.chunk.steps[layer].kernel);
      const std::vector<plan::KernelChoice>& candidates = asked.choices[*step.choice].candidates;
      const auto other = std::find_if(candidates.begin(), candidates.end(), [&](const plan::KernelChoice& candidate) {
        return candidate.block.vectors != step.block.vectors;
      });
      REQUIRE(other != candidates.end());
      liked.push_back(other->block.vectors);
    }
    const Clock clock = [&](const plan::ContractionStep& step, TimedBody, std::size_t round) {
      const bool is_liked = step.block.vectors == liked[step.columns == Dim(96) ? 0 : 1];
      return (is_liked ? 0.5 : 1.0) * (1 + 0.01 * static_cast<double>(round));
    };
    const Run outcome = run(clock, chunk);
    const plan::Plan plan = plan_with(outcome.choices, chunk);
    INFO("chunk " << chunk);
    for (const plan::Body* body : {&plan.single, &plan.chunk}) {
      CHECK(block_of(*body, 0).vectors == liked[0]);
      CHECK(block_of(*body, 1).vectors == liked[1]);
    }
    for (const plan::Choice& choice : plan.choices) {
      if (!choice.follows && (chunk > 1)) {
        CHECK(choice.gain == Approx(0.5));
      }
    }
  }
}

TEST_CASE("rounds that differ more than candidates leave the cost model's choice") {
  const plan::Plan before = plan_with({}, 64);
  // Four rounds of ten are far faster, and the middle one a little.
  const Clock clock = [&](const plan::ContractionStep& step, TimedBody, std::size_t round) {
    const bool is_model = step.block == block_of(before.single, step.columns == Dim(96) ? 0 : 1) ||
                          step.block == block_of(before.chunk, step.columns == Dim(96) ? 0 : 1);
    return is_model ? 1.0 : round % 2 == 0 ? 0.8 : 1.1;
  };
  const Run outcome = run(clock, 64);
  CHECK(plan::dump(plan_with(outcome.choices, 64)) == plan::dump(before));
  // It is noted all the same: the next time nothing is measured.
  CHECK_FALSE(outcome.choices.by_question.empty());
  const Run again = run(clock, 64, outcome.choices);
  CHECK(again.passes == 0);
  CHECK(again.choices.by_question == outcome.choices.by_question);
}

TEST_CASE("a gain within the margin is none") {
  const plan::Plan before = plan_with({}, 1);
  const Clock clock = [&](const plan::ContractionStep& step, TimedBody, std::size_t) {
    return step.block == block_of(before.single, step.columns == Dim(96) ? 0 : 1) ? 1.0 : 0.985;
  };
  CHECK(plan::dump(plan_with(run(clock, 1).choices, 1)) == plan::dump(before));
}

TEST_CASE("panels that are faster for a chunk and slower for one sample are not taken") {
  const plan::Plan before = plan_with({}, 64);
  const Clock clock = [&](const plan::ContractionStep& step, TimedBody body, std::size_t) {
    const std::int64_t width = block_of(before.single, step.columns == Dim(96) ? 0 : 1).vectors;
    const bool is_other = step.block.vectors != width;
    return body == TimedBody::chunk ? (is_other ? 0.6 : 1.0) : (is_other ? 1.3 : 1.0);
  };
  const plan::Plan plan = plan_with(run(clock, 64).choices, 64);
  CHECK(block_of(plan.chunk, 0).vectors == block_of(before.chunk, 0).vectors);
  CHECK(block_of(plan.chunk, 1).vectors == block_of(before.chunk, 1).vectors);
}

TEST_CASE("of answers that win step by step those are kept with which the whole call is faster") {
  const plan::Plan before = plan_with({}, 1);
  // The first layer gains 3 % in other panels and the second 20 %.
  const auto is_other = [&](const plan::ContractionStep& step, std::size_t layer) {
    return step.block.vectors != block_of(before.single, layer).vectors;
  };
  const Clock clock = [&](const plan::ContractionStep& step, TimedBody, std::size_t) {
    const std::size_t layer = step.columns == Dim(96) ? 0 : 1;
    return !is_other(step, layer) ? 1.0 : layer == 0 ? 0.97 : 0.8;
  };
  const auto other_layers = [&](const plan::Plan& plan) {
    std::vector<bool> layers;
    for (std::size_t layer = 0; layer < 2; ++layer) {
      layers.push_back(is_other(std::get<plan::ContractionStep>(plan.single.steps[layer].kernel), layer));
    }
    return layers;
  };
  const auto layers_with = [&](double loss_of_first, double loss_of_second) {
    const CallClock call_clock = [&](const plan::Plan& plan) {
      const std::vector<bool> layers = other_layers(plan);
      return (layers[0] ? loss_of_first : 0) + (layers[1] ? loss_of_second : 0);
    };
    const Run outcome = run(clock, 1, {}, call_clock);
    const Run again = run(clock, 1, outcome.choices, call_clock);
    CHECK(other_layers(plan_with(again.choices, 1)) == other_layers(plan_with(outcome.choices, 1)));
    return other_layers(plan_with(outcome.choices, 1));
  };
  CHECK(layers_with(0, 0) == std::vector{true, true});
  CHECK(layers_with(0.1, 0) == std::vector{false, true});
  CHECK(layers_with(0.1, 0.3) == std::vector{false, false});
}

TEST_CASE("what cannot be timed ends the tuning") {
  const PlanWith make = [](const plan::MeasuredChoices& answers) {
    return plan::make_plan(two_layers(), {.machine = kWide, .measured = &answers, .candidates = 6});
  };
  const TimePlans fail = [](const std::vector<plan::Plan>&, TimedBody,
                            TimedScope) -> std::optional<std::vector<StepRounds>> { return std::nullopt; };
  CHECK_FALSE(tune(make, fail, {}).has_value());
}

}  // namespace
}  // namespace kdlc::driver
