// The choice of register blocks: within the registers, without wasted vectors, and the same however often it is asked.
#include "plan/contraction_blocks.hpp"

#include <algorithm>

#include "catch.hpp"
#include "plan/weight_order.hpp"

namespace kdlc::plan {
namespace {

constexpr Machine kAvx512{.vector_bytes = 64,
                          .vector_registers = 32,
                          .has_fma = true,
                          .has_masks = true,
                          .l1_bytes = 48 << 10,
                          .l2_bytes = 2 << 20};
constexpr Machine kAvx2{.vector_bytes = 32,
                        .vector_registers = 16,
                        .has_fma = true,
                        .has_masks = false,
                        .l1_bytes = 32 << 10,
                        .l2_bytes = 256 << 10};
constexpr Machine kSse2{.vector_bytes = 16,
                        .vector_registers = 16,
                        .has_fma = false,
                        .has_masks = false,
                        .l1_bytes = 32 << 10,
                        .l2_bytes = 256 << 10};
constexpr Machine kNeon{.vector_bytes = 16,
                        .vector_registers = 32,
                        .has_fma = true,
                        .has_masks = false,
                        .l1_bytes = 32 << 10,
                        .l2_bytes = 512 << 10};

ContractionShape convolution(std::int64_t size, std::int64_t channels, std::int64_t filters) {
  return {
      .outer_rows = size, .inner_rows = size, .depth = 9 * channels, .inner_depth = 3 * channels, .columns = filters};
}

ContractionShape dense(std::int64_t rows, std::int64_t depth, std::int64_t columns) {
  return {.inner_rows = rows, .depth = depth, .inner_depth = depth, .columns = columns};
}

std::int64_t sums(const ContractionBlock& block) {
  return block.outer_rows * block.inner_rows * block.vectors;
}

TEST_CASE("sums, a row of the panel and an element fit the registers on every machine") {
  for (const Machine& machine : {kAvx512, kAvx2, kSse2, kNeon}) {
    for (const std::int64_t size : {1, 2, 3, 7, 10, 14, 28, 56, 112}) {
      for (const std::int64_t filters : {1, 3, 6, 10, 16, 20, 32, 64, 100, 512}) {
        for (const std::int64_t channels : {1, 3, 16, 64, 512}) {
          const ContractionBlock block = choose_contraction_block(machine, convolution(size, channels, filters));
          INFO(size << " " << channels << " " << filters << ": " << block.outer_rows << "x" << block.inner_rows << "x"
                    << block.vectors << "x" << block.lanes);
          CHECK(sums(block) + block.vectors + 1 <= machine.vector_registers);
          CHECK(block.lanes <= machine.vector_bytes / 4);
          CHECK(block.outer_rows <= size);
          CHECK(block.inner_rows <= size);
        }
      }
    }
  }
}

TEST_CASE("large layers fill the registers with sums") {
  // At least twelve sums hide the latency of two units; AVX-512 has room for more and loads that many broadcasts.
  CHECK(sums(choose_contraction_block(kAvx512, convolution(56, 64, 64))) >= 24);
  CHECK(sums(choose_contraction_block(kAvx512, convolution(28, 128, 128))) >= 24);
  CHECK(sums(choose_contraction_block(kAvx512, dense(256, 512, 512))) >= 24);
  CHECK(sums(choose_contraction_block(kAvx2, convolution(56, 64, 64))) >= 10);
  CHECK(sums(choose_contraction_block(kNeon, convolution(56, 64, 64))) >= 16);
}

TEST_CASE("taps are taken together where columns are one vector, and their weights fit the registers") {
  const auto taps = [](const Machine& machine, std::int64_t filters, std::int64_t count, std::int64_t distance) {
    ContractionShape shape = convolution(10, 6, filters);
    shape.taps = count;
    shape.tap_distance = distance;
    const ContractionBlock block = choose_contraction_block(machine, shape);
    CHECK(sums(block) + block.taps * block.vectors + 1 <= machine.vector_registers);
    shape.may_split_sums = false;
    CHECK(choose_contraction_block(machine, shape).taps == 1);
    return block.taps;
  };
  CHECK(taps(kAvx512, 16, 3, 1) == 3);
  CHECK(taps(kAvx512, 16, 5, 1) == 5);
  CHECK(taps(kAvx512, 16, 3, 2) == 3);
  CHECK(taps(kAvx512, 16, 40, 1) == 1);
  CHECK(taps(kAvx512, 64, 3, 1) == 1);  // each element serves several vectors as it is
}

TEST_CASE("a small map is blocked along two axes") {
  const ContractionBlock block = choose_contraction_block(kAvx512, convolution(7, 512, 512));
  CHECK(block.outer_rows > 1);
  CHECK(block.outer_rows * block.inner_rows >= 12);
}

TEST_CASE("few columns take narrow vectors or none") {
  CHECK(choose_contraction_block(kAvx512, dense(64, 8, 3)).lanes == 4);
  CHECK(choose_contraction_block(kAvx512, dense(64, 8, 10)).lanes == 16);
  CHECK(choose_contraction_block(kAvx2, dense(64, 8, 10)).lanes == 8);
  // One column is a product of two vectors along depth.
  const ContractionBlock one = choose_contraction_block(kAvx512, dense(1, 512, 1));
  CHECK(one.lanes == 1);
  CHECK(one.vectors == 1);
  // The totals of as many rows as a vector has lanes are joined.
  CHECK(choose_contraction_block(kAvx512, dense(4096, 16, 1)).inner_rows == 16);
  CHECK(choose_contraction_block(kAvx2, dense(4096, 16, 1)).inner_rows == 8);
  CHECK(choose_contraction_block(kAvx512, convolution(7, 64, 1)).outer_rows == 2);
  CHECK(choose_contraction_block(kAvx512, convolution(7, 64, 1)).inner_rows == 7);
  // Unless the left operand does not lie so.
  ContractionShape scattered = dense(64, 512, 3);
  scattered.left_depth_is_contiguous = false;
  CHECK(choose_contraction_block(kAvx512, scattered).lanes == 4);
}

TEST_CASE("packed panels are kept and only the rows are chosen") {
  const ContractionBlock block = choose_contraction_block(kAvx512, dense(1, 784, 512), 2, 16);
  CHECK(block.vectors == 2);
  CHECK(block.lanes == 16);
  CHECK(block.inner_rows == 1);
  CHECK(choose_contraction_block(kAvx512, dense(256, 784, 512), 2, 16).inner_rows >= 12);
}

TEST_CASE("one row takes neighbouring panels together, as many as the registers hold") {
  const auto panels = [](const plan::Machine& machine, std::int64_t columns, std::int64_t vectors, std::int64_t lanes) {
    const ContractionBlock block{.vectors = vectors, .lanes = lanes};
    return choose_panels(machine, dense(1, 64, columns), block);
  };
  CHECK(panels(kAvx512, 192, 4, 16) == 3);  // all columns
  CHECK(panels(kAvx512, 1024, 4, 16) > 3);  // 16 sums; the vectors of weights are operands in memory
  CHECK(panels(kAvx512, 1024, 4, 16) <= 7);
  CHECK(panels(kAvx512, 64, 4, 16) == 1);
  CHECK(panels(kAvx512, 65, 4, 16) == 2);
  CHECK(panels(kAvx2, 192, 2, 8) <= 3);
}

TEST_CASE("panels are taken together where the weights stay close: of the whole body, or of a loop") {
  const auto layer = [](std::int64_t rows, std::int64_t depth) {
    plan::ContractionStep step{.rows = {rows}, .depth = {depth}, .columns = 192, .block = {.vectors = 4, .lanes = 16}};
    step.left.strides = {depth, 1};
    step.output.strides = {192, 1};
    return plan::Step{.kernel = std::move(step), .records = {}, .name = "layer"};
  };
  const auto panels = [](const plan::Step& step) { return std::get<plan::ContractionStep>(step.kernel).block.panels; };
  const std::int64_t small = kAvx512.l2_bytes / 2 / (192 * 4);
  plan::LoopStep loop{.turn = "turn 0", .turns = 3, .steps = {layer(1, small)}};
  std::vector<plan::Step> steps = {layer(1, small), layer(2, 8),
                                   plan::Step{.kernel = std::move(loop), .records = {}, .name = "loop"}};
  plan::take_panels_together(steps, kAvx512);
  CHECK(panels(steps[0]) == 3);
  CHECK(panels(steps[1]) == 1);  // several rows
  steps = {layer(1, small), layer(1, small), steps[2]};
  plan::take_panels_together(steps, kAvx512);
  CHECK(panels(steps[0]) == 1);
  CHECK(panels(steps[1]) == 1);
  CHECK(panels(std::get<plan::LoopStep>(steps[2].kernel).steps[0]) == 3);
}

TEST_CASE("one row takes all columns whose sums run along depth together") {
  const auto panels = [](std::int64_t rows, std::int64_t columns) {
    plan::ContractionStep step{.rows = {rows}, .depth = {16}, .columns = columns, .block = {.vectors = 1, .lanes = 1}};
    step.left.strides = {16, 1};
    step.output.strides = {columns, 1};
    std::vector<plan::Step> steps = {{.kernel = std::move(step), .records = {}, .name = "layer"}};
    plan::take_panels_together(steps, kAvx512);
    return std::get<plan::ContractionStep>(steps[0].kernel).block.panels;
  };
  CHECK(panels(1, 3) == 3);
  CHECK(panels(1, 15) == 15);
  CHECK(panels(2, 3) == 1);  // whose totals are joined along the rows
}

TEST_CASE("turns of a loop alternate where its weights outgrow half of the first cache") {
  const auto alternates = [](std::int64_t rows, std::int64_t depth) {
    plan::ContractionStep step{.rows = {rows}, .depth = {depth}, .columns = 64, .block = {.vectors = 4, .lanes = 16}};
    step.left.strides = {depth, 1};
    step.output.strides = {64, 1};
    plan::LoopStep loop{.turn = "turn 0", .turns = 3, .steps = {}};
    loop.steps.push_back({.kernel = std::move(step), .records = {}, .name = "layer"});
    std::vector<plan::Step> steps;
    steps.push_back({.kernel = std::move(loop), .records = {}, .name = "loop"});
    plan::alternate(steps, kAvx512);
    const plan::Step& inside = std::get<plan::LoopStep>(steps[0].kernel).steps[0];
    return std::get<plan::ContractionStep>(inside.kernel).alternates;
  };
  const std::int64_t half = kAvx512.l1_bytes / 2 / (64 * 4);
  CHECK(!alternates(1, half));
  CHECK(alternates(1, half + 1));
  CHECK(!alternates(2, half + 1));  // several rows
}

TEST_CASE("weights beyond the second-level cache are read once") {
  // 64 MiB of weights: for each panel all rows, not for each block of rows all weights.
  CHECK(choose_contraction_block(kAvx512, dense(64, 4096, 4096)).columns_outermost);
}

TEST_CASE("what is written beyond the second-level cache is written once, in bands of rows") {
  // 3136 rows of 256 columns are 3.2 MB: panel after panel over all rows would touch each of their lines' pages eight
  // times.
  const ContractionShape wide = dense(3136, 64, 256);
  const ContractionBlock block = choose_contraction_block(kAvx512, wide);
  CHECK((!block.columns_outermost || block.band_rows > 0));
  CHECK(block.band_rows % block.inner_rows == 0);
  // Of an axis whose size is known when running, no bands are cut.
  ContractionShape unknown = wide;
  unknown.inner_rows_are_known = false;
  CHECK(choose_contraction_block(kAvx512, unknown).band_rows == 0);
  // What stays in the cache needs none.
  CHECK(choose_contraction_block(kAvx512, dense(256, 512, 512)).band_rows == 0);
}

TEST_CASE("a right operand that must be gathered is loaded for as many rows as there are registers") {
  ContractionShape scores = dense(128, 32, 128);
  scores.right_columns_are_contiguous = false;
  const ContractionBlock block = choose_contraction_block(kAvx512, scores);
  CHECK(block.vectors == 1);
  CHECK(block.inner_rows >= 16);
}

TEST_CASE("sizes of zero are no obstacle") {
  const ContractionBlock block = choose_contraction_block(kAvx512, dense(0, 0, 0));
  CHECK(block.inner_rows == 1);
  CHECK(block.vectors == 1);
}

TEST_CASE("panels cover all columns") {
  const ContractionBlock block{.vectors = 2, .lanes = 16};
  CHECK(panel_columns(block) == 32);
  CHECK(panel_count(block, 1) == 1);
  CHECK(panel_count(block, 32) == 1);
  CHECK(panel_count(block, 33) == 2);
}

}  // namespace
}  // namespace kdlc::plan
