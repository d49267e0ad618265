// See plan_executor.hpp.
#include "support/plan_executor.hpp"

#include <algorithm>

#include "plan/step_accesses.hpp"
#include "plan/strassen.hpp"
#include "plan/winograd.hpp"
#include "support/step_arithmetic.hpp"

namespace kdlc::testing {
namespace {

using plan::Access;

class Executor {
public:
  explicit Executor(Memories& memories) : memories_(memories) {}

  void run(const plan::MapStep& step) {
    for_each_index(resolve(step.axes, memories_), [&](const Indices& at) {
      std::vector<double> operands;
      for (const Access& input : step.inputs) {
        operands.push_back(read(input, at));
      }
      write(step.output, at, value_of(step.expression, operands));
    });
  }

  void run(const plan::ContractionStep& step) {
    if (step.pool) {
      run_pooled(step, *step.pool);
      return;
    }
    if (plan::may_use_strassen(step) && resolve(step.rows.front(), memories_) == step.strassen->rows) {
      run_strassen(step);
      return;
    }
    const Place left = place(step.left);
    const Place right = place(step.right);
    const Indices depth = resolve(step.depth, memories_);
    const std::size_t axes = step.outer.size() + step.rows.size();
    const std::vector<std::int64_t> left_depth = left.offsets(axes, depth);
    const std::vector<std::int64_t> right_depth =
        step.right_is_packed ? std::vector<std::int64_t>() : right.offsets(step.outer.size(), depth);
    const Indices first_depth(depth.size(), 0);
    const std::int64_t columns = resolve(step.columns, memories_);
    for_each_index(resolve(step.outer, memories_), [&](const Indices& outer) {
      for_each_index(resolve(step.rows, memories_), [&](const Indices& row) {
        const std::int64_t left_begin = left.offset(concat({outer, row, first_depth}));
        for (std::int64_t column = 0; column < columns; ++column) {
          const std::int64_t right_begin =
              step.right_is_packed ? right.offset(outer) : right.offset(concat({outer, first_depth, {column}}));
          double sum = 0;
          for (std::size_t k = 0; k < left_depth.size(); ++k) {
            const std::int64_t inside =
                step.right_is_packed ? packed_offset(step, left_depth.size(), k, column) : right_depth[k];
            sum += left.read(left_begin + left_depth[k]) * right.read(right_begin + inside);
          }
          finish(step, concat({outer, row, {column}}), sum);
        }
      });
    });
  }

  /// Window by window: the epilogue of each cell, then their reduction.
  void run_pooled(const plan::ContractionStep& step, const plan::ContractionPool& pool) {
    const Place left = place(step.left);
    const Place right = place(step.right);
    const Indices depth = resolve(step.depth, memories_);
    const std::vector<std::int64_t> left_depth = left.offsets(step.outer.size() + step.rows.size(), depth);
    const std::vector<std::int64_t> right_depth = right.offsets(step.outer.size(), depth);
    const Indices first_depth(depth.size(), 0);
    const std::int64_t column_stride = resolve(step.right.strides.back(), memories_);
    const std::int64_t turn_stride = resolve(pool.turn_stride, memories_);
    for_each_index(
        concat({resolve(step.outer, memories_), resolve(step.rows, memories_), {resolve(step.columns, memories_)}}),
        [&](const Indices& at) {
          const auto rows = at.begin() + static_cast<std::ptrdiff_t>(step.outer.size());
          const Indices outer(at.begin(), rows);
          const Indices row(rows, at.end() - 1);
          const std::int64_t left_begin = left.offset(concat({outer, row, first_depth}));
          const std::int64_t right_begin = right.offset(concat({outer, first_depth, {0}}));
          std::vector<double> cells;
          for_each_index({pool.turns, pool.columns}, [&](const Indices& cell) {
            const std::int64_t cell_begin = cell[0] * turn_stride + cell[1] + at.back() * column_stride;
            double sum = 0;
            for (std::size_t k = 0; k < left_depth.size(); ++k) {
              sum += left.read(left_begin + left_depth[k]) * right.read(right_begin + right_depth[k] + cell_begin);
            }
            std::vector<double> operands = {rounded(sum, step.output.dtype)};
            for (const Access& operand : step.epilogue_operands) {
              operands.push_back(read(operand, at));
            }
            cells.push_back(value_of(step.epilogue, operands));
          });
          write(step.output, at, value_of(pool.epilogue, {rounded(reduce(pool.reducer, cells), step.output.dtype)}));
        });
  }

  /// Tile by tile with whole matrices, as the formula says. Places at a time do not matter here.
  void run(const plan::WinogradStep& step) {
    const plan::WinogradMatrices matrices = plan::winograd_matrices(plan::form_of(step));
    const Indices sizes = resolve(step.positions, memories_);
    Indices tiles = sizes;
    for (std::size_t axis = sizes.size() - 2; axis < sizes.size(); ++axis) {
      tiles[axis] = (sizes[axis] + step.tile - 1) / step.tile;
    }
    for_each_index(tiles, [&](const Indices& tile) {
      Indices first = tile;
      for (std::size_t axis = sizes.size() - 2; axis < sizes.size(); ++axis) {
        first[axis] *= step.tile;
      }
      std::vector<plan::Matrix> coefficients;
      for (std::int64_t channel = 0; channel < step.depth; ++channel) {
        coefficients.push_back(transformed(matrices.cells, cells_of(step, first, channel)));
      }
      for (std::int64_t column = 0; column < step.columns; ++column) {
        plan::Matrix products = coefficients.front();
        for (std::size_t index = 0; index < products.size() * products.size(); ++index) {
          const std::size_t row = index / products.size();
          products[row][index % products.size()] = 0;
          for (std::int64_t channel = 0; channel < step.depth; ++channel) {
            products[row][index % products.size()] +=
                coefficients[static_cast<std::size_t>(channel)][row][index % products.size()] *
                read_coefficient(step, static_cast<std::int64_t>(index), channel, column);
          }
        }
        finish_tile(step, first, sizes, column, transformed(matrices.results, products));
      }
    });
  }

  void run(const plan::DepthwiseStep& step) {
    const Place left = place(step.left);
    const Place right = place(step.right);
    const std::vector<std::int64_t> left_depth = left.offsets(step.positions.size(), step.depth);
    const std::vector<std::int64_t> right_depth = right.offsets(0, step.depth);
    const Indices first_depth(step.depth.size(), 0);
    for_each_index(concat({resolve(step.positions, memories_), {step.channels}}), [&](const Indices& at) {
      const Indices position(at.begin(), at.end() - 1);
      const std::int64_t left_begin = left.offset(concat({position, first_depth, {at.back()}}));
      const std::int64_t right_begin = right.offset(concat({first_depth, {at.back()}}));
      double sum = 0;
      for (std::size_t k = 0; k < left_depth.size(); ++k) {
        sum += left.read(left_begin + left_depth[k]) * right.read(right_begin + right_depth[k]);
      }
      finish(step, at, sum);
    });
  }

  void run(const plan::WindowStep& step) {
    Indices window_sizes;
    for (const plan::WindowStep::Axis& axis : step.windows) {
      window_sizes.push_back(axis.size);
    }
    const Indices positions = resolve(step.positions, memories_);
    const Indices channels = resolve(std::vector<Dim>{step.channels}, memories_);
    for_each_index(concat({positions, channels}), [&](const Indices& at) {
      const Indices position(at.begin(), at.end() - 1);
      std::vector<double> cells;
      for_each_index(window_sizes, [&](const Indices& window) {
        for (std::size_t axis = 0; axis < step.windows.size(); ++axis) {
          const plan::WindowStep::Axis& w = step.windows[axis];
          const std::int64_t cell = position[w.position] * w.stride + window[axis] * w.dilation - w.pad_low;
          if (cell < 0 || cell >= resolve(w.input_size, memories_)) {
            return;
          }
        }
        cells.push_back(read(step.input, concat({position, window, {at.back()}})));
      });
      finish(step, at, reduce(step.reducer, cells));
    });
  }

  void run(const plan::ReduceStep& step) {
    for_each_index(resolve(step.kept, memories_), [&](const Indices& kept) {
      std::vector<double> cells;
      for_each_index(resolve(step.reduced, memories_),
                     [&](const Indices& reduced) { cells.push_back(read(step.input, concat({kept, reduced}))); });
      finish(step, kept, reduce(step.reducer, cells));
    });
  }

  void run(const plan::GatherStep& step) {
    const std::int64_t size = resolve(step.size, memories_);
    for_each_index(resolve(step.axes, memories_), [&](const Indices& at) {
      const auto id = static_cast<std::int64_t>(read(step.ids, at));
      KDLC_ASSERT(id >= 0 && id < size, "the tests of plans give ids that fit");
      write(step.output, at, read(step.table, concat({at, {id}})));
    });
  }

  void run(const plan::LoopStep& step) {
    const std::int64_t turns = resolve(step.turns, memories_);
    for (std::int64_t turn = 0; turn < turns; ++turn) {
      memories_.sizes[step.turn] = turn;
      for (const plan::Step& inner : step.steps) {
        std::visit([&](const auto& kernel) { run(kernel); }, inner.kernel);
      }
    }
    memories_.sizes.erase(step.turn);
  }

  void run(const std::vector<plan::Region>& regions) {
    bool is_forward = false;
    for (const plan::Region& region : regions) {
      for (std::int64_t round = 0; round < region.rounds; ++round) {
        memories_.sizes[plan::kRoundSymbol] = round;
        is_forward = !is_forward;
        run(region, is_forward);
      }
    }
    memories_.sizes.erase(plan::kRoundSymbol);
    memories_.sizes.erase(plan::kThreadSymbol);
  }

  void run(const plan::Region& region, bool is_forward) {
    for (std::int64_t turn = 0; turn < region.threads; ++turn) {
      const std::int64_t thread = is_forward ? turn : region.threads - 1 - turn;
      for (const plan::Share& share : region.shares) {
        if (thread >= share.first && thread < share.first + share.threads) {
          memories_.sizes[plan::kThreadSymbol] = thread - share.first;
          std::visit([&](const auto& kernel) { run(kernel); }, share.step.kernel);
        }
      }
    }
  }

  void run(const plan::RowsStep& step) {
    const std::int64_t length = resolve(step.length, memories_);
    for_each_index(resolve(step.positions, memories_), [&](const Indices& position) {
      std::vector<std::vector<double>> values;  // inputs, then results; one number for a reduction
      for (const Access& input : step.inputs) {
        values.emplace_back();
        for (std::int64_t at = 0; at < length; ++at) {
          values.back().push_back(read(input, concat({position, {at}})));
        }
      }
      for (const graph::RowsStep& row_step : step.program) {
        std::vector<double> row;
        for (std::int64_t at = 0; at < length; ++at) {
          std::vector<double> operands;
          for (const std::vector<double>& value : values) {
            operands.push_back(value.size() == 1 ? value.front() : value[static_cast<std::size_t>(at)]);
          }
          row.push_back(value_of(row_step.expression, operands));
        }
        values.push_back(row_step.reducer ? std::vector<double>{reduce(*row_step.reducer, row)} : row);
      }
      for (std::int64_t at = 0; at < length; ++at) {
        const std::vector<double>& result = values.back();
        write(step.output, concat({position, {at}}), result[result.size() == 1 ? 0 : static_cast<std::size_t>(at)]);
      }
    });
  }

private:
  void run_strassen(const plan::ContractionStep& step) {
    const plan::StrassenForm& form = *step.strassen;
    const std::int64_t rows = form.rows / 2;
    for (std::int64_t first = 0; first < rows; first += form.rows_at_once) {
      for (std::int64_t turn = 0; turn < plan::strassen_turns(form); ++turn) {
        for (std::size_t number = 0; number < plan::kStrassenProducts; ++number) {
          const plan::StrassenProduct product = plan::strassen_product(
              step,
              {.number = number, .turn = turn, .first_row = first, .rows = std::min(form.rows_at_once, rows - first)});
          if (product.sum) {
            run(*product.sum);
          }
          run(product.to_one);
          if (product.to_other) {
            run(*product.to_other);
          }
        }
      }
    }
  }

  /// matrix × values × matrixᵀ
  static plan::Matrix transformed(const plan::Matrix& matrix, const plan::Matrix& values) {
    plan::Matrix result(matrix.size(), std::vector<double>(matrix.size(), 0));
    for (std::size_t row = 0; row < matrix.size(); ++row) {
      for (std::size_t column = 0; column < matrix.size(); ++column) {
        for (std::size_t i = 0; i < values.size(); ++i) {
          for (std::size_t j = 0; j < values.size(); ++j) {
            result[row][column] += matrix[row][i] * values[i][j] * matrix[column][j];
          }
        }
      }
    }
    return result;
  }

  /// The cells that a tile sees; zeros behind those that any output sees.
  plan::Matrix cells_of(const plan::WinogradStep& step, const Indices& first, std::int64_t channel) const {
    const auto size = static_cast<std::size_t>(plan::form_of(step).side());
    const plan::WinogradCells all = plan::cells_of(step);
    const std::size_t axes = first.size();
    plan::Matrix cells(size, std::vector<double>(size, 0));
    for (std::size_t y = 0; y < size; ++y) {
      for (std::size_t x = 0; x < size; ++x) {
        Indices at = concat({first, {channel}});
        at[axes - 2] = at[axes - 2] * step.stride + static_cast<std::int64_t>(y);
        at[axes - 1] = at[axes - 1] * step.stride + static_cast<std::int64_t>(x);
        const bool is_real =
            at[axes - 2] < all.sizes[axes - 2].constant() && at[axes - 1] < all.sizes[axes - 1].constant();
        cells[y][x] = is_real ? read(all.access, at) : 0;
      }
    }
    return cells;
  }

  void finish_tile(const plan::WinogradStep& step, const Indices& first, const Indices& sizes, std::int64_t column,
                   const plan::Matrix& outputs) {
    const std::size_t axes = first.size();
    for (std::size_t y = 0; y < outputs.size(); ++y) {
      for (std::size_t x = 0; x < outputs.size(); ++x) {
        Indices at = concat({first, {column}});
        at[axes - 2] += static_cast<std::int64_t>(y);
        at[axes - 1] += static_cast<std::int64_t>(x);
        if (at[axes - 2] < sizes[axes - 2] && at[axes - 1] < sizes[axes - 1]) {
          finish(step, at, outputs[y][x]);
        }
      }
    }
  }

  double read_coefficient(const plan::WinogradStep& step, std::int64_t coefficient, std::int64_t channel,
                          std::int64_t column) const {
    const std::int64_t width = step.block.vectors * step.block.lanes;
    const std::int64_t part = column / step.columns_at_once * step.columns_at_once;
    const std::int64_t inner = column - part;
    const std::int64_t inside = (inner / width * step.depth + channel) * width + inner % width;
    const Place right = place(step.right);
    return right.read(part * plan::weights_of_column(step) + right.offset({coefficient}) + inside);
  }

  template <class Kernel>
  void finish(const Kernel& step, const Indices& at, double reduced) {
    std::vector<double> operands = {rounded(reduced, step.output.dtype)};
    for (const Access& operand : step.epilogue_operands) {
      operands.push_back(read(operand, at));
    }
    write(step.output, at, value_of(step.epilogue, operands));
  }

  /// Of a weight in its panel.
  static std::int64_t packed_offset(const plan::ContractionStep& step, std::size_t depth, std::size_t k,
                                    std::int64_t column) {
    const std::int64_t width = step.block.vectors * step.block.lanes;
    return (column / width * static_cast<std::int64_t>(depth) + static_cast<std::int64_t>(k)) * width + column % width;
  }

  [[nodiscard]] Place place(const Access& access) const { return {access, memories_}; }
  [[nodiscard]] double read(const Access& access, const Indices& at) const {
    const Place from = place(access);
    return from.read(from.offset(at));
  }
  void write(const Access& access, const Indices& at, double value) {
    const Place to = place(access);
    to.write(to.offset(at), value);
  }

  Memories& memories_;
};

}  // namespace

void execute(const std::vector<plan::Step>& steps, Memories& memories) {
  Executor executor(memories);
  for (const plan::Step& step : steps) {
    std::visit([&](const auto& kernel) { executor.run(kernel); }, step.kernel);
  }
}

void execute(const std::vector<plan::Region>& regions, Memories& memories) {
  Executor(memories).run(regions);
}

}  // namespace kdlc::testing
