// What each step of a plan computes and moves, and how it is done.
#include "report/step_facts.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "plan/contraction_blocks.hpp"
#include "plan/step_accesses.hpp"
#include "plan/strassen.hpp"
#include "plan/winograd.hpp"
#include "report/count_operations.hpp"
#include "types/dtype.hpp"

namespace kdlc::report {

namespace {

using Sizes = std::map<std::string, std::int64_t>;

std::int64_t number_of(const Dim& size, const Sizes& sizes) {
  return size.evaluate(sizes).value_or(1);
}

std::int64_t product_of(const std::vector<Dim>& axes, const Sizes& sizes) {
  std::int64_t product = 1;
  for (const Dim& axis : axes) {
    product *= number_of(axis, sizes);
  }
  return product;
}

std::vector<Dim> joined(std::initializer_list<std::vector<Dim>> parts) {
  std::vector<Dim> all;
  for (const std::vector<Dim>& part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

/// "128 × 512"; "1" without axes.
std::string text_of(const std::vector<Dim>& axes, const Sizes& sizes) {
  std::string text;
  for (const Dim& axis : axes) {
    text += (text.empty() ? "" : " × ") + fmt::format("{}", number_of(axis, sizes));
  }
  return text.empty() ? "1" : text;
}

/// Fills the facts of a step: visits its kernel.
class Describer {
public:
  Describer(const plan::Plan& plan, const plan::Machine& machine, const Sizes& sizes, double turns, StepFacts& facts)
      : plan_(plan), machine_(machine), sizes_(sizes), turns_(turns), facts_(facts) {}

  void operator()(const plan::MapStep& step) const {
    facts_.kernel = step.expression.terms.empty() ? (step.inputs.empty() ? "fill" : "copy") : "map";
    facts_.shape = text_of(step.axes, sizes_);
    facts_.operations = turns_ * static_cast<double>(product_of(step.axes, sizes_)) *
                        static_cast<double>(std::max<std::size_t>(step.expression.terms.size(), 1));
    move(step.output, step.axes);
    move(step.inputs, step.axes);
  }

  void operator()(const plan::ContractionStep& step) const {
    facts_.kernel = "contraction";
    const std::int64_t rows = product_of(step.rows, sizes_);
    const std::int64_t depth = product_of(step.depth, sizes_);
    const std::int64_t columns = number_of(step.columns, sizes_);
    const std::int64_t outer = product_of(step.outer, sizes_);
    facts_.shape = fmt::format("{}{} × {}, depth {}", step.outer.empty() ? "" : text_of(step.outer, sizes_) + " of ",
                               text_of(step.rows, sizes_), columns, text_of(step.depth, sizes_));
    facts_.operations = 2.0 * turns_ * static_cast<double>(outer * rows * columns) * static_cast<double>(depth);
    if (step.pool) {
      facts_.kernel += fmt::format(", window {}", graph::name_of(step.pool->reducer));
      facts_.shape += fmt::format(", window {} × {}", step.pool->turns, step.pool->columns);
      facts_.operations *= static_cast<double>(step.pool->turns * step.pool->columns);
    }
    describe_block(step, step.pool ? columns * step.pool->columns : columns);
    describe_strassen(step);
    describe_choice(step.choice);
    const std::vector<Dim> whole = joined({step.outer, step.rows, {step.columns}});
    move(step.left, joined({step.outer, step.rows, step.depth}));
    move(step.output, whole);
    move(step.epilogue_operands, whole);
    if (facts_.kernel == "strassen") {
      return;  // these weights are counted
    }
    if (step.right_is_packed) {
      const std::int64_t panels = plan::panel_count(step.block, columns) * plan::panel_columns(step.block);
      facts_.weight_bytes += turns_ * static_cast<double>(product_of(step.outer, sizes_) * depth * panels) *
                             static_cast<double>(size_bytes(step.right.dtype));
    } else {
      const plan::RightCells cells = plan::right_cells(step);
      move(cells.access, cells.sizes);
    }
  }

  void operator()(const plan::WinogradStep& step) const {
    facts_.kernel = fmt::format("winograd F({}×{}, 3×3){}", step.tile, step.tile, step.stride == 1 ? "" : ", stride 2");
    const std::vector<Dim> whole = joined({step.positions, {Dim(step.columns)}});
    facts_.shape = fmt::format("{} × {}, depth 3 × 3 × {}", text_of(step.positions, sizes_), step.columns, step.depth);
    // Those of the direct sum, so that rates can be compared.
    facts_.operations =
        2.0 * turns_ * static_cast<double>(product_of(whole, sizes_)) * static_cast<double>(9 * step.depth);
    const std::int64_t tiles = number_of(plan::tile_count(step), sizes_);
    facts_.blocks = fmt::format("{} × {} {} of {}", step.block.inner_rows, step.block.vectors,
                                step.block.vectors == 1 ? "vector" : "vectors", step.block.lanes);
    facts_.reason = fmt::format("{} of {} tiles and {} of {} columns at once", std::min(step.tiles_at_once, tiles),
                                tiles, step.columns_at_once, step.columns);
    describe_choice(step.choice);
    const plan::WinogradCells cells = plan::cells_of(step);
    move(cells.access, cells.sizes);
    move(step.output, whole);
    move(step.epilogue_operands, whole);
    facts_.weight_bytes +=
        turns_ *
        static_cast<double>(plan::form_of(step).coefficients() * step.depth *
                            plan::panel_count(step.block, step.columns) * plan::panel_columns(step.block)) *
        static_cast<double>(size_bytes(step.right.dtype));
  }

  void operator()(const plan::DepthwiseStep& step) const {
    facts_.kernel = "depthwise";
    std::vector<Dim> window;
    for (const std::int64_t size : step.depth) {
      window.emplace_back(size);
    }
    const std::vector<Dim> whole = joined({step.positions, {Dim(step.channels)}});
    facts_.shape =
        fmt::format("{} × {}, window {}", text_of(step.positions, sizes_), step.channels, text_of(window, sizes_));
    facts_.operations = 2.0 * turns_ * static_cast<double>(product_of(whole, sizes_) * product_of(window, sizes_));
    move(step.left, joined({step.positions, window, {Dim(step.channels)}}));
    move(step.right, joined({window, {Dim(step.channels)}}));
    move(step.output, whole);
    move(step.epilogue_operands, whole);
  }

  void operator()(const plan::WindowStep& step) const {
    facts_.kernel = fmt::format("window {}", graph::name_of(step.reducer));
    std::vector<Dim> window;
    for (const plan::WindowStep::Axis& axis : step.windows) {
      window.emplace_back(axis.size);
    }
    const std::vector<Dim> whole = joined({step.positions, {step.channels}});
    facts_.shape = fmt::format("{}, window {}", text_of(whole, sizes_), text_of(window, sizes_));
    facts_.operations = turns_ * static_cast<double>(product_of(whole, sizes_) * product_of(window, sizes_));
    move(step.input, joined({step.positions, window, {step.channels}}));
    move(step.output, whole);
    move(step.epilogue_operands, whole);
  }

  void operator()(const plan::ReduceStep& step) const {
    facts_.kernel = fmt::format("reduce {}", graph::name_of(step.reducer));
    facts_.shape = fmt::format("{} of {}", text_of(step.kept, sizes_), text_of(step.reduced, sizes_));
    const std::vector<Dim> whole = joined({step.kept, step.reduced});
    facts_.operations = turns_ * static_cast<double>(product_of(whole, sizes_));
    move(step.input, whole);
    move(step.output, step.kept);
    move(step.epilogue_operands, step.kept);
  }

  void operator()(const plan::RowsStep& step) const {
    facts_.kernel = "rows";
    facts_.shape = fmt::format("{} of {}", text_of(step.positions, sizes_), number_of(step.length, sizes_));
    const std::vector<Dim> whole = joined({step.positions, {step.length}});
    facts_.operations = turns_ * static_cast<double>(product_of(whole, sizes_)) *
                        static_cast<double>(std::max<std::size_t>(step.program.size(), 1));
    facts_.reason = fmt::format("{} passes over a row", step.program.size());
    move(step.inputs, whole);
    move(step.output, whole);
  }

  void operator()(const plan::GatherStep& step) const {
    facts_.kernel = "gather";
    facts_.shape = fmt::format("{} of {}", text_of(step.axes, sizes_), number_of(step.size, sizes_));
    move(step.output, step.axes);
    facts_.moved_bytes *= 2;  // what is written was read
    move(step.ids, step.axes);
  }

  void operator()(const plan::LoopStep& step) const {
    facts_.kernel = "loop";
    facts_.shape = fmt::format("{} turns", number_of(step.turns, sizes_));
  }

private:
  /// Which of the choices behind a step were measured.
  void describe_choice(std::optional<std::uint32_t> choice) const {
    for (; choice; choice = plan_.choices[*choice].follows) {
      const plan::Choice& made = plan_.choices[*choice];
      if (made.is_measured) {
        facts_.reason += made.taken.winograd_tile ? ", form measured" : ", block measured";
        facts_.reason += made.gain > 0 ? fmt::format(": {:.0f} % faster", 100 * made.gain) : "";
      }
    }
  }

  /// Whether this many rows are computed by Strassen's form. Operations stay those of the direct sum, so that rates can
  /// be compared.
  void describe_strassen(const plan::ContractionStep& step) const {
    if (plan::may_use_strassen(step) && number_of(step.rows.front(), sizes_) == step.strassen->rows) {
      const plan::ContractionBlock& block = step.strassen->block;
      facts_.kernel = "strassen";
      facts_.blocks = fmt::format("{} × {} {} of {}", block.outer_rows * block.inner_rows, block.vectors,
                                  block.vectors == 1 ? "vector" : "vectors", block.lanes);
      facts_.reason = fmt::format("7 products of halves, sums of {} of {} rows at once", step.strassen->rows_at_once,
                                  step.strassen->rows / 2);
      const std::int64_t columns = plan::panel_count(block, step.strassen->columns / 2) * plan::panel_columns(block);
      facts_.weight_bytes += turns_ * static_cast<double>(7 * product_of(step.depth, sizes_) / 2 * columns) *
                             static_cast<double>(size_bytes(step.right.dtype));
    }
  }

  /// The blocks of a contraction, and what they make of registers, rows and columns.
  void describe_block(const plan::ContractionStep& step, std::int64_t columns) const {
    const plan::ContractionBlock& block = step.block;
    const std::int64_t rows = block.outer_rows * block.inner_rows;
    const std::int64_t vectors = block.panels * block.vectors;
    facts_.blocks = fmt::format("{} × {} {} of {}{}", rows, vectors, vectors == 1 ? "vector" : "vectors", block.lanes,
                                step.right_is_packed ? "" : ", not packed");
    const std::int64_t real_columns = 100 * columns / (plan::panel_count(block, columns) * plan::panel_columns(block));
    facts_.reason = fmt::format("{} sums in {} registers", rows * vectors, machine_.vector_registers);
    if (real_columns < 100) {
      facts_.reason += fmt::format(", {} % of the columns real", real_columns);
    }
    const std::int64_t inner = step.rows.empty() ? 1 : number_of(step.rows.back(), sizes_);
    if (const std::int64_t tail = inner % block.inner_rows; tail != 0 && inner > block.inner_rows) {
      facts_.reason += fmt::format(", {} of {} rows in a tail", tail, inner);
    }
    if (block.taps > 1) {
      facts_.reason += fmt::format(", {} taps share elements", block.taps);
    }
    facts_.reason += !block.columns_outermost ? ", rows stay for all panels"
                     : block.band_rows == 0   ? ", a panel of weights stays for all rows"
                                              : fmt::format(", bands of {} rows stay for all panels", block.band_rows);
  }

  /// The cells that an access touches: no more than its axes have, and no more than lie between its ends.
  double bytes_of(const plan::Access& access, const std::vector<Dim>& axes) const {
    double cells = 1;
    double span = 1;
    for (std::size_t axis = 0; axis < access.strides.size() && axis < axes.size(); ++axis) {
      const auto stride = static_cast<double>(std::abs(number_of(access.strides[axis], sizes_)));
      const auto size = static_cast<double>(number_of(axes[axis], sizes_));
      cells *= stride == 0 ? 1 : size;
      span += stride * (size - 1);
    }
    return std::min(cells, span) * static_cast<double>(size_bytes(access.dtype));
  }

  void move(const plan::Access& access, const std::vector<Dim>& axes) const {
    (access.memory == plan::Memory::weights ? facts_.weight_bytes : facts_.moved_bytes) +=
        turns_ * bytes_of(access, axes);
  }

  void move(const std::vector<plan::Access>& accesses, const std::vector<Dim>& axes) const {
    for (const plan::Access& access : accesses) {
      move(access, axes);
    }
  }

  const plan::Plan& plan_;
  const plan::Machine& machine_;
  const Sizes& sizes_;
  double turns_;
  StepFacts& facts_;
};

void add_steps(const plan::Plan& plan, const std::vector<plan::Step>& steps, const plan::Machine& machine,
               const Sizes& sizes, double turns, std::size_t depth, std::vector<StepFacts>& all) {
  for (const plan::Step& step : steps) {
    const std::size_t place = all.size();
    StepFacts facts;
    facts.depth = depth;
    facts.name = step.name;
    facts.turns = turns;
    std::visit(Describer(plan, machine, sizes, turns, facts), step.kernel);
    all.push_back(facts);
    if (const auto* loop = std::get_if<plan::LoopStep>(&step.kernel)) {
      Sizes inner = sizes;
      inner[loop->turn] = 0;
      add_steps(plan, loop->steps, machine, inner, turns * static_cast<double>(number_of(loop->turns, sizes)),
                depth + 1, all);
      for (std::size_t index = place + 1; index < all.size(); ++index) {
        if (all[index].depth != depth + 1) {
          continue;  // counted in the loop around it
        }
        all[place].operations += all[index].operations;
        all[place].weight_bytes += all[index].weight_bytes;
        all[place].moved_bytes += all[index].moved_bytes;
        all[place].turns = std::max(all[place].turns, all[index].turns);
      }
    }
  }
}

}  // namespace

std::vector<StepFacts> describe_steps(const plan::Plan& plan, const plan::Body& body, const plan::Machine& machine,
                                      std::int64_t samples) {
  Sizes sizes = largest_sizes(plan.graph);
  sizes[Dim::batch().to_text()] = samples;
  std::vector<StepFacts> all;
  add_steps(plan, body.steps, machine, sizes, 1, 0, all);
  return all;
}

std::vector<StepFacts> merge_repeats(const std::vector<StepFacts>& steps) {
  std::vector<StepFacts> merged;
  std::size_t parts = 1;
  for (const StepFacts& step : steps) {
    const bool is_small = step.kernel == "map" || step.kernel == "copy" || step.kernel == "fill";
    if (merged.empty() || !is_small || merged.back().name != step.name || merged.back().kernel != step.kernel ||
        merged.back().depth != step.depth) {
      merged.push_back(step);
      parts = 1;
      continue;
    }
    StepFacts& whole = merged.back();
    whole.shape = fmt::format("{} parts", ++parts);
    whole.operations += step.operations;
    whole.weight_bytes += step.weight_bytes;
    whole.moved_bytes += step.moved_bytes;
    whole.seconds += step.seconds;
  }
  return merged;
}

}  // namespace kdlc::report
