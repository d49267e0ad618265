// The scalar executor of plans.
#include "support/run_plan.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "plan/local_values.hpp"
#include "plan/step_accesses.hpp"
#include "plan/strassen.hpp"
#include "plan/winograd.hpp"

namespace kdlc::testing {
namespace {

using plan::Access;
using plan::Memory;

/// A run of bytes that is read and written as elements; bounds are checked.
struct Block {
  std::byte* data = nullptr;
  std::int64_t size = 0;
};

struct Memories {
  std::vector<Block> inputs;
  std::vector<Block> outputs;
  Block arena;
  Block weights;
  std::vector<Block> states;
  std::vector<Block> next_states;
  std::vector<Block> locals;
  std::map<std::string, std::int64_t> sizes;  // the value of N and of the declared dims
};

using Indices = std::vector<std::int64_t>;

std::int64_t resolve(const Dim& size, const Memories& memories) {
  return size.is_constant() ? size.constant() : size.evaluate(memories.sizes).value();
}

Indices resolve(const std::vector<Dim>& sizes, const Memories& memories) {
  Indices result;
  for (const Dim& size : sizes) {
    result.push_back(resolve(size, memories));
  }
  return result;
}

void for_each_index(const Indices& sizes, const std::function<void(const Indices&)>& body) {
  if (std::any_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size <= 0; })) {
    return;
  }
  Indices index(sizes.size(), 0);
  while (true) {
    body(index);
    std::size_t axis = sizes.size();
    while (axis > 0 && ++index[axis - 1] == sizes[axis - 1]) {
      index[--axis] = 0;
    }
    if (axis == 0) {
      return;
    }
  }
}

Indices concat(std::initializer_list<Indices> parts) {
  Indices result;
  for (const Indices& part : parts) {
    result.insert(result.end(), part.begin(), part.end());
  }
  return result;
}

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
    const std::int64_t columns = resolve(step.columns, memories_);
    for_each_index(resolve(step.outer, memories_), [&](const Indices& outer) {
      for_each_index(resolve(step.rows, memories_), [&](const Indices& row) {
        for (std::int64_t column = 0; column < columns; ++column) {
          double sum = 0;
          std::int64_t depth = 0;
          for_each_index(resolve(step.depth, memories_), [&](const Indices& k) {
            sum += read(step.left, concat({outer, row, k})) * read_right(step, outer, k, depth++, column);
          });
          finish(step, concat({outer, row, {column}}), sum);
        }
      });
    });
  }

  /// Window by window: the epilogue of each cell, then their reduction.
  void run_pooled(const plan::ContractionStep& step, const plan::ContractionPool& pool) {
    const std::int64_t element = static_cast<std::int64_t>(size_bytes(step.right.dtype));
    const std::int64_t turn_stride = resolve(pool.turn_stride, memories_);
    for_each_index(
        concat({resolve(step.outer, memories_), resolve(step.rows, memories_), {resolve(step.columns, memories_)}}),
        [&](const Indices& at) {
          const auto rows = at.begin() + static_cast<std::ptrdiff_t>(step.outer.size());
          const Indices outer(at.begin(), rows);
          const Indices row(rows, at.end() - 1);
          std::vector<double> cells;
          for_each_index({pool.turns, pool.columns}, [&](const Indices& cell) {
            Access right = step.right;
            right.offset_bytes = right.offset_bytes + (cell[0] * turn_stride + cell[1]) * element;
            double sum = 0;
            for_each_index(resolve(step.depth, memories_), [&](const Indices& k) {
              sum += read(step.left, concat({outer, row, k})) * read(right, concat({outer, k, {at.back()}}));
            });
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
    for_each_index(concat({resolve(step.positions, memories_), {step.channels}}), [&](const Indices& at) {
      const Indices position(at.begin(), at.end() - 1);
      double sum = 0;
      for_each_index(step.depth, [&](const Indices& k) {
        sum += read(step.left, concat({position, k, {at.back()}})) * read(step.right, concat({k, {at.back()}}));
      });
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
      is_forward = !is_forward;
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
    memories_.sizes.erase(plan::kThreadSymbol);
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
    const std::int64_t rows = step.strassen->rows / 2;
    for (std::size_t number = 0; number < plan::kStrassenProducts; ++number) {
      for (std::int64_t first = 0; first < rows; first += step.strassen->rows_at_once) {
        const plan::StrassenProduct product =
            plan::strassen_product(step, number, first, std::min(step.strassen->rows_at_once, rows - first));
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
    const std::int64_t place = column - part;
    const std::int64_t inside = (place / width * step.depth + channel) * width + place % width;
    return element(step.right, part * plan::weights_of_column(step) + offset(step.right, {coefficient}) + inside).at(0);
  }

  static double value_of(const graph::MapExpression& expression, const std::vector<double>& operands) {
    return expression.terms.empty() ? operands.front() : graph::evaluate_element(expression, operands);
  }

  static double reduce(graph::Reducer reducer, const std::vector<double>& cells) {
    double result = 0;
    switch (reducer) {
      case graph::Reducer::sum:
      case graph::Reducer::mean:
        for (const double cell : cells) {
          result += cell;
        }
        return reducer == graph::Reducer::mean ? result / static_cast<double>(cells.size()) : result;
      case graph::Reducer::product:
        result = 1;
        for (const double cell : cells) {
          result *= cell;
        }
        return result;
      case graph::Reducer::maximum:
      case graph::Reducer::minimum:
        break;
    }
    const bool is_maximum = reducer == graph::Reducer::maximum;
    result = is_maximum ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    for (const double cell : cells) {
      if (std::isnan(cell) || std::isnan(result)) {
        result = std::numeric_limits<double>::quiet_NaN();
      } else {
        result = is_maximum ? std::max(result, cell) : std::min(result, cell);
      }
    }
    return result;
  }

  template <class Kernel>
  void finish(const Kernel& step, const Indices& at, double reduced) {
    std::vector<double> operands = {rounded(reduced, step.output.dtype)};
    for (const Access& operand : step.epilogue_operands) {
      operands.push_back(read(operand, at));
    }
    write(step.output, at, value_of(step.epilogue, operands));
  }

  static double rounded(double value, DType dtype) {
    return dtype == DType::f32 ? static_cast<double>(static_cast<float>(value)) : value;
  }

  double read_right(const plan::ContractionStep& step, const Indices& outer, const Indices& k, std::int64_t depth,
                    std::int64_t column) {
    if (!step.right_is_packed) {
      return read(step.right, concat({outer, k, {column}}));
    }
    const std::int64_t width = step.block.vectors * step.block.lanes;
    std::int64_t depth_count = 1;
    for (const Dim& size : step.depth) {
      depth_count *= size.constant();
    }
    const std::int64_t inside = (column / width * depth_count + depth) * width + column % width;
    return element(step.right, offset(step.right, outer) + inside).at(0);
  }

  Block block(const Access& access) const {
    switch (access.memory) {
      case Memory::input:
        return memories_.inputs[access.index];
      case Memory::output:
        return memories_.outputs[access.index];
      case Memory::arena:
        return memories_.arena;
      case Memory::weights:
        return memories_.weights;
      case Memory::status:
        break;
      case Memory::state:
        return memories_.states[access.index];
      case Memory::next_state:
        return memories_.next_states[access.index];
      case Memory::local:
        return memories_.locals[access.index];
    }
    KDLC_UNREACHABLE("every memory is somewhere");
  }

  std::int64_t offset(const Access& access, const Indices& at) const {
    KDLC_ASSERT(access.strides.size() == at.size(), "an access has one stride per axis of its step");
    std::int64_t result = 0;
    for (std::size_t axis = 0; axis < at.size(); ++axis) {
      result += at[axis] * resolve(access.strides[axis], memories_);
    }
    return result;
  }

  /// The address of element `index` behind the access's offset.
  std::byte* address(const Access& access, std::int64_t index) const {
    const Block memory = block(access);
    const auto size = static_cast<std::int64_t>(size_bytes(access.dtype));
    const std::int64_t begin = resolve(access.offset_bytes, memories_) + index * size;
    KDLC_ASSERT(begin >= 0 && begin + size <= memory.size, "a step stays inside its memory");
    return memory.data + begin;
  }

  TensorData element(const Access& access, std::int64_t index) const {
    TensorData one = TensorData::zeros(access.dtype, {1});
    std::memcpy(one.bytes.data(), address(access, index), one.bytes.size());
    return one;
  }

  double read(const Access& access, const Indices& at) const { return element(access, offset(access, at)).at(0); }

  void write(const Access& access, const Indices& at, double value) {
    TensorData one = TensorData::zeros(access.dtype, {1});
    one.set(0, value);
    std::memcpy(address(access, offset(access, at)), one.bytes.data(), one.bytes.size());
  }

  Memories& memories_;
};

Block part_of(TensorData& tensor, const TensorType& type, std::int64_t first, std::int64_t samples) {
  const auto bytes = static_cast<std::int64_t>(tensor.bytes.size());
  if (!type.shape.has_batch()) {
    return {tensor.bytes.data(), bytes};
  }
  const std::int64_t sample_bytes = bytes / tensor.shape.front();
  return {tensor.bytes.data() + first * sample_bytes, samples * sample_bytes};
}

}  // namespace

std::vector<TensorData> run_plan(const plan::Plan& plan, const std::vector<TensorData>& inputs,
                                 const std::vector<TensorData>& parameters, std::int64_t batch,
                                 const std::map<std::string, std::int64_t>& dims, std::vector<TensorData>* states,
                                 Way way) {
  std::map<std::string, std::int64_t> all_sizes = dims;
  all_sizes["N"] = batch;
  std::vector<TensorData> given = inputs;
  std::vector<TensorData> outputs;
  for (const graph::OutputInfo& output : plan.graph.outputs) {
    const TensorType& type = plan.graph.nodes[output.node].type;
    std::vector<std::int64_t> shape;
    for (const Dim& axis : type.shape.axes) {
      shape.push_back(axis.evaluate(all_sizes).value());
    }
    outputs.push_back(TensorData::zeros(type.dtype, shape));
  }
  std::vector<std::byte> weights = plan::pack_weights(plan, parameters);
  // Signalling garbage: a step that reads what nobody wrote gives NaN.
  std::vector<std::byte> arena(static_cast<std::size_t>(plan.arena_bytes), std::byte{0xff});
  std::vector<TensorData> before = states != nullptr ? *states : std::vector<TensorData>();
  std::vector<TensorData> next = before;
  KDLC_ASSERT(before.size() == plan.graph.states.size(), "every state of the model is given");
  for (std::int64_t first = 0; first < batch;) {
    const std::int64_t rest = batch - first;
    const bool is_together = way == Way::together && !plan.threads.regions.empty();
    const plan::Body& body = rest == 1 || is_together ? plan.single : plan.chunk;
    Memories memories{.inputs = {},
                      .outputs = {},
                      .arena = {arena.data(), plan.arena_bytes},
                      .weights = {weights.data(), plan.packed_bytes},
                      .states = {},
                      .next_states = {},
                      .locals = {},
                      .sizes = dims};
    const std::int64_t samples = std::min(rest, body.samples);
    memories.sizes["N"] = samples;
    for (std::size_t index = 0; index < given.size(); ++index) {
      const TensorType& type = plan.graph.nodes[plan.graph.inputs[index].node].type;
      memories.inputs.push_back(part_of(given[index], type, first, samples));
    }
    for (std::size_t index = 0; index < outputs.size(); ++index) {
      const TensorType& type = plan.graph.nodes[plan.graph.outputs[index].node].type;
      memories.outputs.push_back(part_of(outputs[index], type, first, samples));
    }
    for (std::size_t index = 0; index < next.size(); ++index) {
      const TensorType& type = plan.graph.nodes[plan.graph.states[index].node].type;
      memories.states.push_back(part_of(before[index], type, first, samples));
      memories.next_states.push_back(part_of(next[index], type, first, samples));
    }
    Executor executor(memories);
    if (is_together) {
      executor.run(plan.threads.regions);
    } else {
      // As the function of a body keeps them: see local_values.hpp.
      const plan::LocalSteps with_locals = plan::with_locals(body.steps);
      std::vector<std::vector<std::byte>> locals;
      for (const std::int64_t bytes : with_locals.local_bytes) {
        locals.emplace_back(static_cast<std::size_t>(bytes), std::byte{0xff});
        memories.locals.push_back({locals.back().data(), bytes});
      }
      for (const plan::Step& step : with_locals.steps) {
        std::visit([&](const auto& kernel) { executor.run(kernel); }, step.kernel);
      }
    }
    first += samples;
  }
  if (states != nullptr) {
    *states = next;
  }
  return outputs;
}

}  // namespace kdlc::testing
