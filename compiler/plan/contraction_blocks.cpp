// The cost model behind the choice of register blocks.
//
// A step of depth of a block of r rows and v vectors takes the longest of: r v multiply-adds on two units; r + v loads
// on two ports; its instructions through a front end of five; and the latency of an addition where too few sums are
// independent. To it come the bytes that the block streams from the level of memory which holds them, and a fixed cost
// for each block. What the epilogue reads and writes is not hidden behind arithmetic, as it comes at the end of a
// block. The model only has to order candidates; its numbers are those of current processors.
#include "plan/contraction_blocks.hpp"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "support/assert.hpp"

namespace kdlc::plan {
namespace {

constexpr double kLatency = 4;       // of a multiply-add
constexpr double kUnits = 2;         // that multiply and add, and that load
constexpr double kFrontEnd = 5;      // instructions a cycle
constexpr double kBlockCycles = 12;  // addresses, zeroing, filling the pipeline
constexpr double kExitCycles = 20;   // of a loop whose end the processor does not foresee
constexpr std::int64_t kForeseenTurns = 16;
constexpr double kStoreCycles = 1.5;         // epilogue and store of one vector
constexpr double kGatherCycles = 16;         // of a vector whose elements do not lie side by side
constexpr double kJoinCycles = 2;            // of the lanes of a row's sum with those of other rows
constexpr double kTotalCycles = 6;           // of what is done with the totals of rows that are joined
constexpr double kLeastGainOfSamples = 1.3;  // of running along depth, where one row alone would lose by it
constexpr std::int64_t kLongPiece = 4;       // vectors, side by side, that are stored as fast as any number of them
constexpr double kVariantPenalty = 0.004;    // each further kernel costs code and compile time

std::int64_t lanes_of(const Machine& machine, const ContractionShape& shape) {
  return std::max<std::int64_t>(1, machine.vector_bytes / static_cast<std::int64_t>(size_bytes(shape.dtype)));
}

bool fits_second_level(const Machine& machine, double bytes) {
  return bytes <= 0.75 * static_cast<double>(machine.l2_bytes);
}

/// Cycles for one byte of data of which `working_bytes` are read over and over.
double byte_cycles(const Machine& machine, double working_bytes) {
  if (working_bytes <= 0.6 * static_cast<double>(machine.l1_bytes)) {
    return 0;
  }
  return fits_second_level(machine, working_bytes) ? 1.0 / 48 : 1.0 / 10;
}

/// Blocks of one size and how many there are.
struct Cut {
  std::int64_t size = 1;
  double count = 1;
};

std::vector<Cut> cut(std::int64_t count, std::int64_t size, bool is_known) {
  std::vector<Cut> cuts;
  if (count >= size) {
    cuts.push_back({.size = size, .count = static_cast<double>(count / size)});
  }
  std::int64_t rest = count % size;
  if (is_known && rest > 0) {
    cuts.push_back({.size = rest, .count = 1});
    return cuts;
  }
  for (std::int64_t half = size / 2; half > 0 && rest > 0; half /= 2) {
    if (rest >= half) {
      cuts.push_back({.size = half, .count = static_cast<double>(rest / half)});
      rest %= half;
    }
  }
  return cuts;
}

struct Candidate {
  std::int64_t outer_rows;
  std::int64_t inner_rows;
  std::int64_t vectors;
  std::int64_t lanes;
};

/// Registers of the block: sums, a row of the panel, one element of left, and a product where it is not added in one
/// step. Without broadcasts from memory the elements of several rows are loaded ahead: two more where there are many.
std::int64_t registers_of(const Machine& machine, const Candidate& block) {
  const std::int64_t ahead = machine.vector_registers >= 32 && !machine.has_masks ? 2 : 0;
  return block.outer_rows * block.inner_rows * block.vectors + block.vectors + 1 + (machine.has_fma ? 0 : 1) + ahead;
}

/// The order of the loops around a block.
struct Order {
  bool columns_outermost = true;
  std::int64_t band_rows = 0;  // see ContractionBlock
};

class Model {
public:
  Model(const Machine& machine, const ContractionShape& shape)
      : machine_(machine),
        shape_(shape),
        element_bytes_(static_cast<double>(size_bytes(shape.dtype))),
        rows_(static_cast<double>(shape.other_rows * shape.outer_rows * shape.inner_rows)),
        depth_(static_cast<double>(shape.depth)) {}

  /// Of the block in its best order, which `best` tells.
  [[nodiscard]] double cost(const Candidate& block, Order* best = nullptr) const {
    double least = -1;
    for_each_order(block, [&](const Order& order, double cycles) {
      if (least < 0 || cycles < least) {
        least = cycles;
        if (best != nullptr) {
          *best = order;
        }
      }
    });
    return least;
  }

  /// Calls visit(order, cycles) for every order of the loops around the block.
  template <class Visit>
  void for_each_order(const Candidate& block, Visit visit) const {
    const std::vector<Cut> columns = cut_columns(block);
    const std::vector<Cut> outer = cut(shape_.outer_rows, block.outer_rows, true);
    const std::vector<Cut> inner = cut(shape_.inner_rows, block.inner_rows, shape_.inner_rows_are_known);
    double compute = 0;
    double row_blocks = 0;
    for (const Cut& y : outer) {
      for (const Cut& x : inner) {
        const double blocks = y.count * x.count * static_cast<double>(shape_.other_rows);
        row_blocks += blocks;
        for (const Cut& c : columns) {
          compute += blocks * c.count * block_cycles(y.size * x.size, c.size);
        }
      }
    }
    const auto variants = static_cast<double>(columns.size() * outer.size() * inner.size());
    for (const Order& order : orders_of(block)) {
      const Traffic traffic = traffic_of(block, row_blocks, order);
      const double cycles =
          std::max(compute, traffic.operands) + 0.1 * std::min(compute, traffic.operands) + traffic.cells;
      visit(order, cycles * (1 + kVariantPenalty * variants));
    }
  }

  /// Of the kernel that runs along depth: one column at a time, whole vectors of depth, lanes added up at the end,
  /// those of several rows together.
  [[nodiscard]] double along_depth_cycles() const {
    const std::int64_t lanes = lanes_of(machine_, shape_);
    const std::int64_t vectors = (shape_.inner_depth + lanes - 1) / lanes;
    const double turns = depth_ / static_cast<double>(shape_.inner_depth);
    const auto together = static_cast<double>(std::min(lanes, shape_.inner_rows));
    return rows_ * static_cast<double>(shape_.columns) *
           (turns * static_cast<double>(vectors) * 0.75 + kJoinCycles + kTotalCycles / together);
  }

private:
  /// Cycles that move the operands, beside arithmetic, and what the epilogue reads and writes, after it.
  struct Traffic {
    double operands;
    double cells;
  };

  /// Panels by how many of their vectors are used.
  [[nodiscard]] std::vector<Cut> cut_columns(const Candidate& block) const {
    const std::int64_t width = block.vectors * block.lanes;
    std::vector<Cut> cuts;
    if (shape_.columns >= width) {
      cuts.push_back({.size = block.vectors, .count = static_cast<double>(shape_.columns / width)});
    }
    if (const std::int64_t rest = shape_.columns % width; rest > 0) {
      cuts.push_back({.size = (rest + block.lanes - 1) / block.lanes, .count = 1});
    }
    return cuts;
  }

  [[nodiscard]] double block_cycles(std::int64_t rows, std::int64_t vectors) const {
    const auto sums = static_cast<double>(rows * vectors);
    const double operations = machine_.has_fma ? sums : 2 * sums;
    // One vector a row takes its element of left straight from memory where masks, and with them broadcasts, are there.
    const auto loads = static_cast<double>(rows + vectors);
    const bool broadcasts_in_place = vectors == 1 && machine_.has_masks;
    const double instructions = operations + (broadcasts_in_place ? 1 : loads) + 0.5;
    double independent = sums;
    while (independent < 2 * kLatency &&
           independent * 2 <= sums * static_cast<double>(std::max<std::int64_t>(1, shape_.inner_depth))) {
      independent *= 2;
    }
    const double gathers = shape_.right_columns_are_contiguous ? 0 : kGatherCycles * static_cast<double>(vectors);
    const double step = gathers + std::max({operations / kUnits, loads / kUnits, instructions / kFrontEnd,
                                            kLatency * sums / independent});
    // Two steps make a turn, and the end of half as many is foreseen, where the panel's rows for both fit the
    // registers.
    const bool turns_by_two = rows * vectors + 2 * vectors + 2 <= machine_.vector_registers;
    const double exit = turns_by_two || shape_.inner_depth <= kForeseenTurns ? 0 : kExitCycles;
    return depth_ * step + kBlockCycles + exit + (kStoreCycles + placing_cycles(rows)) * sums;
  }

  /// Of a vector of results that do not lie side by side: where those of the other rows lie between, and the block has
  /// all rows, they are interleaved; else they are stored one by one.
  [[nodiscard]] double placing_cycles(std::int64_t rows) const {
    switch (shape_.columns_lie) {
      case ContractionShape::Columns::side_by_side:
        return 0;
      case ContractionShape::Columns::rows_between:
        return rows == shape_.inner_rows ? 0.5 * static_cast<double>(rows) : kGatherCycles;
      case ContractionShape::Columns::scattered:
        return kGatherCycles;
    }
    KDLC_UNREACHABLE("every way to lie has its cost");
  }

  /// All rows for each panel; all panels for each block of rows; and bands of some blocks, where their axis is known.
  [[nodiscard]] std::vector<Order> orders_of(const Candidate& block) const {
    std::vector<Order> orders = {{.columns_outermost = true}, {.columns_outermost = false}};
    const bool has_outer = shape_.outer_rows > 1;
    if (has_outer ? !shape_.outer_rows_are_known : !shape_.inner_rows_are_known) {
      return orders;
    }
    const std::int64_t count = has_outer ? shape_.outer_rows : shape_.inner_rows;
    const std::int64_t step = has_outer ? block.outer_rows : block.inner_rows;
    for (std::int64_t rows = has_outer ? step : 2 * step; rows < count; rows *= 2) {
      orders.push_back({.columns_outermost = true, .band_rows = rows});
    }
    return orders;
  }

  [[nodiscard]] double rows_of(const Order& order, double row_blocks) const {
    if (!order.columns_outermost) {
      return rows_ / std::max(1.0, row_blocks);
    }
    if (order.band_rows == 0) {
      return rows_;
    }
    return static_cast<double>(order.band_rows * (shape_.outer_rows > 1 ? shape_.inner_rows : 1));
  }

  /// Cycles for one byte that the epilogue touches, in pieces of so many vectors of each row. Measured beyond the
  /// second level: where a band stays there, each line comes once, in order but for the pieces; else nothing runs ahead
  /// of pieces that lie a row apart, in pages of their own.
  [[nodiscard]] double cell_cycles(double all_bytes, double band_bytes, double vectors) const {
    if (fits_second_level(machine_, all_bytes)) {
      return 0.02 + 0.02 / vectors;
    }
    return 2 * band_bytes <= static_cast<double>(machine_.l2_bytes) ? 0.065 + 0.13 / vectors : 0.55 / vectors;
  }

  /// For each band of rows: for each panel all blocks of rows of the band.
  [[nodiscard]] Traffic traffic_of(const Candidate& block, double row_blocks, const Order& order) const {
    const std::int64_t width = block.vectors * block.lanes;
    const auto panels = static_cast<double>((shape_.columns + width - 1) / width);
    const double bands = rows_ / rows_of(order, row_blocks);
    const double panel_bytes = depth_ * static_cast<double>(width) * element_bytes_;
    const double right_bytes = panels * panel_bytes;
    const double left_bytes = rows_ * depth_ * element_bytes_;
    const double cell_bytes = rows_ * static_cast<double>(shape_.columns * shape_.cell_bytes);
    const double band_bytes = (left_bytes + cell_bytes) / bands;
    const auto moved = [&](double bytes, double working_bytes) { return bytes * byte_cycles(machine_, working_bytes); };
    const double left =
        moved(left_bytes, left_bytes) + moved((panels - 1) * left_bytes, left_bytes / bands + panel_bytes);
    const double right = moved(right_bytes, right_bytes) + moved((bands - 1) * right_bytes, right_bytes + band_bytes) +
                         moved((row_blocks - bands) * right_bytes, panel_bytes);
    return {.operands = left + right,
            .cells = cell_bytes *
                     cell_cycles(left_bytes + cell_bytes, band_bytes + right_bytes,
                                 static_cast<double>(panels == 1 ? kLongPiece : std::min(block.vectors, kLongPiece)))};
  }

  const Machine& machine_;
  const ContractionShape& shape_;
  double element_bytes_;
  double rows_;
  double depth_;
};

std::int64_t power_of_two_from(std::int64_t count) {
  std::int64_t power = 1;
  while (power < count) {
    power *= 2;
  }
  return power;
}

/// Calls visit(block, cycles) for every block of rows and every order for panels of `vectors` × `lanes`.
template <class Visit>
void for_each_block(const Machine& machine, const ContractionShape& shape, std::int64_t vectors, std::int64_t lanes,
                    Visit visit) {
  const Model model(machine, shape);
  const std::int64_t limit = machine.vector_registers;
  for (std::int64_t outer = 1; outer <= std::min(shape.outer_rows, limit); ++outer) {
    for (std::int64_t inner = 1; inner <= std::min(shape.inner_rows, limit); ++inner) {
      const Candidate candidate{.outer_rows = outer, .inner_rows = inner, .vectors = vectors, .lanes = lanes};
      const bool is_smallest = outer == 1 && inner == 1;
      if (!is_smallest && registers_of(machine, candidate) > machine.vector_registers) {
        break;
      }
      model.for_each_order(candidate, [&](const Order& order, double cycles) {
        visit(ContractionBlock{.outer_rows = outer,
                               .inner_rows = inner,
                               .vectors = vectors,
                               .lanes = lanes,
                               .columns_outermost = order.columns_outermost,
                               .band_rows = order.band_rows},
              cycles);
      });
    }
  }
}

/// Adds every block of rows for panels of `vectors` × `lanes` to the choice.
void consider_rows(const Machine& machine, const ContractionShape& shape, std::int64_t vectors, std::int64_t lanes,
                   RankedBlock& choice) {
  for_each_block(machine, shape, vectors, lanes, [&](const ContractionBlock& block, double cycles) {
    if (choice.cycles == 0 || cycles < choice.cycles) {
      choice = {.block = block, .cycles = cycles};
    }
  });
}

/// Whether vectors may run along depth where panels of one column ask for it.
bool may_run_along_depth(const Machine& machine, const ContractionShape& shape) {
  const std::int64_t lanes = lanes_of(machine, shape);
  return (shape.may_split_sums || shape.columns == 1) && shape.left_depth_is_contiguous && shape.inner_depth_is_known &&
         is_float(shape.dtype) && lanes > 1 && shape.inner_depth >= lanes && shape.columns < lanes;
}

/// As many rows as a vector of their totals has lanes. All columns for each of these blocks, so that left is read once,
/// unless their weights would drive it out of the first cache.
ContractionBlock block_along_depth(const Machine& machine, const ContractionShape& shape) {
  const std::int64_t lanes = lanes_of(machine, shape);
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

}  // namespace

ContractionBlock choose_contraction_block(const Machine& machine, const ContractionShape& wanted) {
  const ContractionShape shape = without_empty_axes(wanted);
  const std::int64_t lanes = std::min(lanes_of(machine, shape), power_of_two_from(shape.columns));
  const std::int64_t most_vectors =
      std::min<std::int64_t>(machine.vector_registers / 4, (shape.columns + lanes - 1) / lanes);
  RankedBlock choice;
  for (std::int64_t vectors = 1; vectors <= std::max<std::int64_t>(1, most_vectors); ++vectors) {
    consider_rows(machine, shape, vectors, lanes, choice);
  }
  // Panels of one column run along depth wherever they may. Samples as rows come one by one as well, and the totals of
  // one row have no others to be joined with.
  const double least_gain = shape.inner_rows_are_known ? 1 : kLeastGainOfSamples;
  if (may_run_along_depth(machine, shape) &&
      (shape.columns == 1 || least_gain * Model(machine, shape).along_depth_cycles() < choice.cycles)) {
    return block_along_depth(machine, shape);
  }
  return choice.block;
}

ContractionBlock choose_contraction_block(const Machine& machine, const ContractionShape& wanted, std::int64_t vectors,
                                          std::int64_t lanes) {
  KDLC_ASSERT(vectors > 0 && lanes > 0, "a panel has columns");
  const ContractionShape shape = without_empty_axes(wanted);
  if (vectors * lanes == 1 && may_run_along_depth(machine, shape)) {
    return block_along_depth(machine, shape);
  }
  RankedBlock choice;
  consider_rows(machine, shape, vectors, lanes, choice);
  return choice.block;
}

std::vector<RankedBlock> list_contraction_blocks(const Machine& machine, const ContractionShape& wanted,
                                                 std::int64_t vectors, std::int64_t lanes) {
  std::vector<RankedBlock> blocks;
  for_each_block(machine, without_empty_axes(wanted), vectors, lanes,
                 [&](const ContractionBlock& block, double cycles) { blocks.push_back({block, cycles}); });
  return blocks;
}

std::int64_t choose_panels(const Machine& machine, const ContractionShape& wanted, const ContractionBlock& block) {
  const ContractionShape shape = without_empty_axes(wanted);
  const Model model(machine, shape);
  std::int64_t best = 1;
  double least = -1;
  for (std::int64_t panels = 1; panels <= panel_count(block, shape.columns); ++panels) {
    const Candidate together{.outer_rows = 1, .inner_rows = 1, .vectors = panels * block.vectors, .lanes = block.lanes};
    if (panels > 1 && registers_of(machine, together) > machine.vector_registers) {
      break;
    }
    const double cycles = model.cost(together);
    if (least < 0 || cycles < least) {
      least = cycles;
      best = panels;
    }
  }
  return best;
}

double contraction_cycles(const Machine& machine, const ContractionShape& wanted, const ContractionBlock& block) {
  const ContractionShape shape = without_empty_axes(wanted);
  const Model model(machine, shape);
  const bool runs_along_depth = block.lanes == 1 && lanes_of(machine, shape) > 1;
  return runs_along_depth ? model.along_depth_cycles()
                          : model.cost({.outer_rows = std::min(block.outer_rows, shape.outer_rows),
                                        .inner_rows = std::min(block.inner_rows, shape.inner_rows),
                                        .vectors = block.vectors,
                                        .lanes = block.lanes});
}

}  // namespace kdlc::plan
