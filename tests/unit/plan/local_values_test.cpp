// Which values of the arena become locals.
#include "plan/local_values.hpp"

#include "catch.hpp"

using namespace kdlc;
using plan::Access;
using plan::MapStep;
using plan::Memory;
using plan::Step;

namespace {

Access arena(Dim offset, std::int64_t stride = 1) {
  return {.memory = Memory::arena, .offset_bytes = std::move(offset), .strides = {stride}};
}

/// output[a] = input[a] over `count` floats.
Step copy(const Access& input, const Access& output, Dim count) {
  return {.kernel = MapStep{.axes = {std::move(count)}, .expression = {}, .inputs = {input}, .output = output},
          .records = {},
          .name = "copy"};
}

Step row(const Access& input, const Access& output, const Access& scratch, std::int64_t length) {
  plan::RowsStep rows{.positions = {1}, .length = length, .program = {}, .inputs = {input}, .output = output};
  rows.inputs.front().strides = {length, 1};
  rows.output.strides = {length, 1};
  rows.scratch = scratch;
  rows.longest = length;
  return {.kernel = std::move(rows), .records = {}, .name = "row"};
}

const Access kInput{.memory = Memory::input, .strides = {1}};
const Access kOutput{.memory = Memory::output, .strides = {1}};

const Access& input_of(const Step& step) {
  return std::get<MapStep>(step.kernel).inputs.front();
}
const Access& output_of(const Step& step) {
  return std::get<MapStep>(step.kernel).output;
}

}  // namespace

TEST_CASE("a small value that one step hands to another one is local") {
  const plan::LocalSteps local = plan::with_locals({copy(kInput, arena(64), 3), copy(arena(64), kOutput, 3)});
  REQUIRE(local.local_bytes == std::vector<std::int64_t>{12});
  CHECK(output_of(local.steps[0]) == Access{.memory = Memory::local, .strides = {1}});
  CHECK(input_of(local.steps[1]) == Access{.memory = Memory::local, .strides = {1}});
  CHECK(input_of(local.steps[0]) == kInput);
  CHECK(output_of(local.steps[1]) == kOutput);
}

TEST_CASE("parts of a value, and values at the same place, are one local") {
  const plan::LocalSteps local =
      plan::with_locals({copy(kInput, arena(128), 4), copy(kInput, arena(144), 4), copy(arena(128), kOutput, 8),
                         copy(kInput, arena(136, -1), 2), copy(arena(136, -1), kOutput, 2)});
  REQUIRE(local.local_bytes == std::vector<std::int64_t>{32});
  CHECK(output_of(local.steps[1]).offset_bytes == Dim(16));
  CHECK(output_of(local.steps[3]).offset_bytes == Dim(8));
}

TEST_CASE("a value that one step alone touches stays in the arena") {
  const plan::LocalSteps local = plan::with_locals({copy(kInput, arena(0), 3), copy(arena(64), kOutput, 3)});
  CHECK(local.local_bytes.empty());
  CHECK(output_of(local.steps[0]) == arena(0));
}

TEST_CASE("a large value stays in the arena") {
  CHECK(plan::with_locals({copy(kInput, arena(0), 128), copy(arena(0), kOutput, 128)}).local_bytes.size() == 1);
  CHECK(plan::with_locals({copy(kInput, arena(0), 129), copy(arena(0), kOutput, 129)}).local_bytes.empty());
}

TEST_CASE("all locals together are small") {
  std::vector<Step> steps;
  for (std::int64_t value = 0; value < 10; ++value) {
    steps.push_back(copy(kInput, arena(value * 512), 128));
    steps.push_back(copy(arena(value * 512), kOutput, 128));
  }
  CHECK(plan::with_locals(steps).local_bytes.size() == 4);
}

TEST_CASE("scratch stays in the arena, where values of other steps lay") {
  const plan::LocalSteps local = plan::with_locals(
      {copy(kInput, arena(0), 3), copy(arena(0), arena(64), 3), row(arena(64), kOutput, arena(0), 3)});
  CHECK(local.local_bytes.size() == 2);
  CHECK(std::get<plan::RowsStep>(local.steps[2].kernel).scratch == arena(0));
  CHECK(std::get<plan::RowsStep>(local.steps[2].kernel).inputs.front().memory == Memory::local);
}

TEST_CASE("nothing is local beside places and sizes known only at run time") {
  const auto with = [](const Step& step) {
    return plan::with_locals({copy(kInput, arena(64), 3), copy(arena(64), kOutput, 3), step});
  };
  CHECK(with(copy(kInput, arena(256), 5)).local_bytes.size() == 1);
  CHECK(with(copy(kInput, arena(256), Dim::symbol("T"))).local_bytes.empty());
  CHECK(with(copy(kInput, arena(Dim::symbol("turn 0") * Dim(4)), 1)).local_bytes.empty());
}

TEST_CASE("a loop's steps find locals too") {
  plan::LoopStep loop{
      .turn = "turn 0", .turns = 3, .steps = {copy(arena(0), arena(64), 4), copy(arena(64), arena(0), 4)}};
  const plan::LocalSteps local = plan::with_locals(
      {copy(kInput, arena(0), 4), {.kernel = loop, .records = {}, .name = "loop"}, copy(arena(0), kOutput, 4)});
  // What only the loop touches is one step's.
  REQUIRE(local.local_bytes == std::vector<std::int64_t>{16});
  const Step& inner = std::get<plan::LoopStep>(local.steps[1].kernel).steps[0];
  CHECK(input_of(inner).memory == Memory::local);
  CHECK(output_of(inner) == arena(64));
}

TEST_CASE("nothing is local beside a loop that a call may leave out") {
  for (const bool is_known : {true, false}) {
    plan::LoopStep loop{
        .turn = "t", .turns = is_known ? Dim(1) : Dim::symbol("T"), .steps = {copy(kInput, arena(64), 3)}};
    const Step step{.kernel = std::move(loop), .records = {}, .name = "loop"};
    CHECK(plan::with_locals({step, copy(arena(64), kOutput, 3)}).local_bytes.empty() != is_known);
  }
}
