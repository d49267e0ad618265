// Questions of the planner and answers that were measured: as text, taken where they are possible, left where not.
#include "plan/choices.hpp"

#include <algorithm>

#include "catch.hpp"

namespace kdlc::plan {
namespace {

constexpr Machine kWide{.vector_bytes = 64, .vector_registers = 32, .has_fma = true, .has_masks = true};

/// A convolution of 3 × 3 cells, or of one cell, with 64 channels on both sides.
graph::Graph convolution(std::int64_t window) {
  graph::Graph graph;
  graph::Builder builder(graph);
  const std::int64_t size = 16 + window - 1;
  const graph::NodeId image = builder.input({.name = "x"}, {DType::f32, {{Dim::batch(), size, size, 64}}});
  const graph::NodeId kernel = builder.parameter({.path = "k", .type = {DType::f32, {{window, window, 64, 64}}}});
  graph::ContractionAttributes attributes{.left = "nhwc", .right = "pqcf", .output = "nhwf"};
  attributes.windows = {{.output = 'h', .window = 'p'}, {.output = 'w', .window = 'q'}};
  graph.outputs = {{.name = "y", .node = builder.contraction(attributes, image, kernel)}};
  return graph;
}

const Choice& only_choice(const Plan& plan, const std::string& beginning) {
  const auto begins = [&](const Choice& choice) { return choice.question.starts_with(beginning); };
  const auto found = std::find_if(plan.choices.begin(), plan.choices.end(), begins);
  REQUIRE(found != plan.choices.end());
  return *found;
}

TEST_CASE("a choice is read as it was written") {
  for (const char* text : {"tile 0", "tile 2", "tile 4", "block 2 7 vectors 2 16 columns 4",
                           "block 1 1 vectors 1 1 rows 0", "block 2 7 vectors 1 16 rows 0 taps 5"}) {
    const std::optional<KernelChoice> choice = parse_choice(text);
    INFO(text);
    REQUIRE(choice.has_value());
    CHECK(text_of(*choice) == text);
  }
  const ContractionBlock block{.outer_rows = 2, .inner_rows = 7, .vectors = 3, .lanes = 16, .columns_outermost = false};
  CHECK(parse_choice("block 2 7 vectors 3 16 rows 0")->block == block);
}

TEST_CASE("what is no choice is not read") {
  for (const char* text :
       {"", "tile", "tile 3", "tile 4 ", "tile -2", "tile 99999999999999999999", "block", "block 2 7 vectors 2 16",
        "block 2 7 vectors 2 16 columns", "block 2 7 vectors 2 16 columns 4 ", "block 2  7 vectors 2 16 columns 4",
        "block 02 7 vectors 2 16 columns 4", "block 2 7 vectors 2 16 panels 4", "block -2 7 vectors 2 16 rows 0",
        "block 2 7 vectors 1 16 rows 0 taps 1", "block 2 7 vectors 1 16 rows 0 taps"}) {
    INFO(text);
    CHECK_FALSE(parse_choice(text).has_value());
  }
}

TEST_CASE("the planner takes a measured block for both bodies' panels") {
  const graph::Graph graph = convolution(1);
  const Plan plain = make_plan(graph, {.machine = kWide, .chunk = 1, .candidates = 6});
  const Choice free = only_choice(plain, "contraction ");
  CHECK_FALSE(free.is_measured);
  REQUIRE(free.candidates.size() > 2);
  const auto other_width = std::find_if(free.candidates.begin(), free.candidates.end(), [&](const KernelChoice& other) {
    return other.block.vectors != free.taken.block.vectors;
  });
  REQUIRE(other_width != free.candidates.end());
  const MeasuredChoices measured{{{free.question, {*other_width, 0.25}}}};
  const Plan plan = make_plan(graph, {.machine = kWide, .chunk = 1, .measured = &measured});
  const Choice& taken = only_choice(plan, "contraction ");
  CHECK(taken.is_measured);
  CHECK(taken.gain == 0.25);
  CHECK(taken.taken == *other_width);
  CHECK(taken.candidates.empty());
  const auto& step = std::get<ContractionStep>(plan.single.steps.front().kernel);
  CHECK(step.block.vectors == other_width->block.vectors);
  // The body of one sample asks for rows, given the panels.
  REQUIRE(step.choice.has_value());
  CHECK(plan.choices[*step.choice].follows == std::optional<std::uint32_t>(0));
  CHECK(plan.choices[*step.choice].question.ends_with(" panels " + std::to_string(step.block.vectors) + "x16"));
}

TEST_CASE("the planner takes a measured form of a convolution") {
  const graph::Graph graph = convolution(3);
  const std::string question = only_choice(make_plan(graph, {.machine = kWide}), "convolution ").question;
  for (const std::int64_t tile : {std::int64_t{0}, kRowTile, std::int64_t{2}, std::int64_t{4}}) {
    const MeasuredChoices measured{{{question, {{.winograd_tile = tile, .block = {}}, 0}}}};
    const Plan plan = make_plan(graph, {.machine = kWide, .measured = &measured});
    for (const Body* body : {&plan.single, &plan.chunk}) {
      const auto* winograd = std::get_if<WinogradStep>(&body->steps.front().kernel);
      INFO("tile " << tile);
      REQUIRE((winograd == nullptr ? 0 : winograd->tile) == (tile == kRowTile ? 0 : tile));
      REQUIRE(body->steps.front().name.starts_with("cells of ") == (tile == kRowTile));
    }
  }
  // Strict: there is no such question.
  const Plan strict = make_plan(graph, {.machine = kWide, .strict = true});
  for (const Choice& choice : strict.choices) {
    CHECK(choice.question.starts_with("contraction "));
  }
}

TEST_CASE("answers that the machine cannot compute are left alone") {
  const graph::Graph graph = convolution(1);
  const Plan plain = make_plan(graph, {.machine = kWide});
  const Choice& free = only_choice(plain, "contraction ");
  const auto with = [&](std::int64_t outer, std::int64_t inner, std::int64_t vectors, std::int64_t lanes) {
    return KernelChoice{.winograd_tile = {},
                        .block = {.outer_rows = outer, .inner_rows = inner, .vectors = vectors, .lanes = lanes}};
  };
  for (const KernelChoice& answer : {with(1, 31, 4, 16), with(1, 4, 0, 16), with(0, 4, 2, 16), with(1, 4, 2, 32),
                                     with(1, 1, 9, 16), KernelChoice{.winograd_tile = 4, .block = {}}}) {
    const MeasuredChoices measured{{{free.question, {answer, 0.5}}}};
    const Plan plan = make_plan(graph, {.machine = kWide, .measured = &measured});
    INFO(text_of(answer));
    CHECK(dump(plan) == dump(plain));
    CHECK_FALSE(only_choice(plan, "contraction ").is_measured);
  }
}

TEST_CASE("with strict sums a candidate keeps the lanes of the cost model's block") {
  graph::Graph graph;
  graph::Builder builder(graph);
  const graph::NodeId rows = builder.input({.name = "x"}, {DType::f32, {{Dim::batch(), 64}}});
  const graph::NodeId kernel = builder.parameter({.path = "k", .type = {DType::f32, {{64, 5}}}});
  graph.outputs = {
      {.name = "y", .node = builder.contraction({.left = "nk", .right = "kf", .output = "nf"}, rows, kernel)}};
  const Plan plan = make_plan(graph, {.machine = kWide, .strict = true, .candidates = 100});
  for (const Choice& choice : plan.choices) {
    CHECK(choice.question.find(" in order") != std::string::npos);
    for (const KernelChoice& candidate : choice.candidates) {
      CHECK(candidate.block.lanes == choice.taken.block.lanes);
    }
  }
}

}  // namespace
}  // namespace kdlc::plan
