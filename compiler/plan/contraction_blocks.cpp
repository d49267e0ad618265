// Which blocks a contraction can have, and which of them the cost model takes.
#include "plan/contraction_blocks.hpp"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "plan/contraction_cost.hpp"
#include "support/assert.hpp"

namespace kdlc::plan {
namespace {

constexpr double kLeastGainOfSamples = 1.3;  // of running along depth, where one row alone would lose by it

std::int64_t power_of_two_from(std::int64_t count) {
  std::int64_t power = 1;
  while (power < count) {
    power *= 2;
  }
  return power;
}

void add_orders(const ContractionCost& model, const RegisterBlock& block, std::vector<RankedBlock>& blocks) {
  for (const RankedOrder& order : model.rank_orders(block)) {
    blocks.push_back({.block = {.outer_rows = block.outer_rows,
                                .inner_rows = block.inner_rows,
                                .vectors = block.vectors,
                                .lanes = block.lanes,
                                .columns_outermost = order.columns_outermost,
                                .band_rows = order.band_rows,
                                .taps = block.taps},
                      .cycles = order.cycles});
  }
}

/// Adds every block of rows, in every order, for panels of `vectors` × `lanes`, with taps together where they may.
void add_blocks(const Machine& machine, const ContractionShape& shape, std::int64_t vectors, std::int64_t lanes,
                std::vector<RankedBlock>& blocks) {
  const ContractionCost model(machine, shape);
  const std::int64_t limit = machine.vector_registers;
  for (std::int64_t outer = 1; outer <= std::min(shape.outer_rows, limit); ++outer) {
    for (std::int64_t inner = 1; inner <= std::min(shape.inner_rows, limit); ++inner) {
      RegisterBlock block{.outer_rows = outer, .inner_rows = inner, .vectors = vectors, .lanes = lanes};
      const bool is_smallest = outer == 1 && inner == 1;
      if (!is_smallest && registers_of(machine, block) > machine.vector_registers) {
        break;
      }
      add_orders(model, block, blocks);
      block.taps = shape.may_split_sums ? shape.taps : 1;
      if (block.taps > 1 && inner > 1 && registers_of(machine, block) <= machine.vector_registers) {
        add_orders(model, block, blocks);
      }
    }
  }
}

/// Blocks with panels of every width that may be worth it.
std::vector<RankedBlock> blocks_of_all_widths(const Machine& machine, const ContractionShape& shape) {
  const std::int64_t lanes = std::min(machine.lanes(shape.dtype), power_of_two_from(shape.columns));
  const std::int64_t most_vectors =
      std::min<std::int64_t>(machine.vector_registers / 4, (shape.columns + lanes - 1) / lanes);
  std::vector<RankedBlock> blocks;
  for (std::int64_t vectors = 1; vectors <= std::max<std::int64_t>(1, most_vectors); ++vectors) {
    add_blocks(machine, shape, vectors, lanes, blocks);
  }
  return blocks;
}

/// Whether vectors may run along depth where panels of one column ask for it.
bool may_run_along_depth(const Machine& machine, const ContractionShape& shape) {
  const std::int64_t lanes = machine.lanes(shape.dtype);
  return (shape.may_split_sums || shape.columns == 1) && shape.left_depth_is_contiguous && shape.inner_depth_is_known &&
         is_float(shape.dtype) && lanes > 1 && shape.inner_depth >= lanes && shape.columns < lanes;
}

/// As many rows as a vector of their totals has lanes. All columns for each of these blocks, so that left is read once,
/// unless their weights would drive it out of the first cache.
ContractionBlock block_along_depth(const Machine& machine, const ContractionShape& shape) {
  const std::int64_t lanes = machine.lanes(shape.dtype);
  const std::int64_t inner = std::min(lanes, shape.inner_rows);
  const std::int64_t right_bytes = shape.depth * shape.columns * static_cast<std::int64_t>(size_bytes(shape.dtype));
  return {.outer_rows = std::min(lanes / inner, shape.outer_rows),
          .inner_rows = inner,
          .vectors = 1,
          .lanes = 1,
          .columns_outermost = right_bytes > machine.l1_bytes / 2};
}

ContractionShape without_empty_axes(ContractionShape shape) {
  for (std::int64_t* size :
       {&shape.other_rows, &shape.outer_rows, &shape.inner_rows, &shape.depth, &shape.inner_depth, &shape.columns}) {
    *size = std::max<std::int64_t>(1, *size);
  }
  return shape;
}

/// The fastest of some blocks; the first of equals.
const RankedBlock& fastest_of(const std::vector<RankedBlock>& blocks) {
  return *std::min_element(blocks.begin(), blocks.end(), [](const RankedBlock& left, const RankedBlock& right) {
    return left.cycles < right.cycles;
  });
}

}  // namespace

ContractionBlock choose_contraction_block(const Machine& machine, const ContractionShape& wanted) {
  const ContractionShape shape = without_empty_axes(wanted);
  const std::vector<RankedBlock> blocks = blocks_of_all_widths(machine, shape);
  const RankedBlock& choice = fastest_of(blocks);
  // Panels of one column run along depth wherever they may. Samples as rows come one by one as well, and the totals of
  // one row have no others to be joined with.
  const double least_gain = shape.inner_rows_are_known ? 1 : kLeastGainOfSamples;
  if (may_run_along_depth(machine, shape) &&
      (shape.columns == 1 || least_gain * ContractionCost(machine, shape).along_depth_cycles() < choice.cycles)) {
    return block_along_depth(machine, shape);
  }
  return choice.block;
}

ContractionBlock choose_contraction_block(const Machine& machine, const ContractionShape& wanted, std::int64_t vectors,
                                          std::int64_t lanes) {
  const std::vector<RankedBlock> blocks = list_contraction_blocks(machine, wanted, vectors, lanes);
  return fastest_of(blocks).block;
}

std::vector<RankedBlock> list_contraction_blocks(const Machine& machine, const ContractionShape& wanted) {
  const ContractionShape shape = without_empty_axes(wanted);
  std::vector<RankedBlock> blocks = blocks_of_all_widths(machine, shape);
  if (may_run_along_depth(machine, shape)) {
    blocks.push_back(
        {.block = block_along_depth(machine, shape), .cycles = ContractionCost(machine, shape).along_depth_cycles()});
  }
  return blocks;
}

std::vector<RankedBlock> list_contraction_blocks(const Machine& machine, const ContractionShape& wanted,
                                                 std::int64_t vectors, std::int64_t lanes) {
  KDLC_ASSERT(vectors > 0 && lanes > 0, "a panel has columns");
  const ContractionShape shape = without_empty_axes(wanted);
  std::vector<RankedBlock> blocks;
  if (vectors * lanes == 1 && may_run_along_depth(machine, shape)) {
    blocks.push_back(
        {.block = block_along_depth(machine, shape), .cycles = ContractionCost(machine, shape).along_depth_cycles()});
  } else {
    add_blocks(machine, shape, vectors, lanes, blocks);
  }
  return blocks;
}

std::int64_t choose_panels(const Machine& machine, const ContractionShape& wanted, const ContractionBlock& block) {
  const ContractionShape shape = without_empty_axes(wanted);
  const ContractionCost model(machine, shape);
  std::int64_t best = 1;
  double least = -1;
  for (std::int64_t panels = 1; panels <= panel_count(block, shape.columns); ++panels) {
    const RegisterBlock together{
        .outer_rows = 1, .inner_rows = 1, .vectors = panels * block.vectors, .lanes = block.lanes};
    if (panels > 1 && registers_of(machine, together) > machine.vector_registers) {
      break;
    }
    const double cycles = model.cycles(together);
    if (least < 0 || cycles < least) {
      least = cycles;
      best = panels;
    }
  }
  return best;
}

double contraction_cycles(const Machine& machine, const ContractionShape& wanted, const ContractionBlock& block) {
  const ContractionShape shape = without_empty_axes(wanted);
  const ContractionCost model(machine, shape);
  const bool runs_along_depth = block.lanes == 1 && machine.lanes(shape.dtype) > 1;
  return runs_along_depth ? model.along_depth_cycles()
                          : model.cycles({.outer_rows = std::min(block.outer_rows, shape.outer_rows),
                                          .inner_rows = std::min(block.inner_rows, shape.inner_rows),
                                          .vectors = block.vectors,
                                          .lanes = block.lanes,
                                          .taps = block.taps});
}

}  // namespace kdlc::plan
