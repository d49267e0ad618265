// Rows: a short program of maps and reductions over one row, at every position: softmax, layer norm, l2 norm.
//
//   for every few positions together
//     for every pass:  for every part of the row:  the maps of the pass, then what its reductions add up
//
// The rows of a group hide each other's latencies, and their lanes are joined together. Short rows stay in registers
// from pass to pass; long ones are read again from L1, their intermediate rows from the step's scratch. What depends on
// reductions alone is computed once a row.
#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "codegen/expression.hpp"
#include "codegen/kernels/kernels.hpp"
#include "codegen/kernels/nest.hpp"
#include "codegen/kernels/row_program.hpp"
#include "plan/rows_together.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

using StepId = RowProgram::StepId;

/// Half of the registers hold rows, the others the arithmetic.
constexpr std::int64_t kRegisterShare = 2;
/// Rows in registers that are computed together at most.
constexpr std::int64_t kMostShortRows = 8;
/// A row of scratch starts at a multiple of this many elements of eight bytes: the planner reserves it so.
constexpr std::int64_t kScratchRowElements = 16;
constexpr std::int64_t kScratchElementBytes = 8;

/// What the steps of a pass know of one part: rows computed so far, by step.
using PartRows = std::map<StepId, llvm::Value*>;

/// One row of the group under construction.
struct Row {
  std::size_t number = 0;  // in the group
  std::vector<View> inputs;
  View output;
  std::map<StepId, llvm::Value*> scalars;  // results of reductions
};

class RowKernel {
public:
  RowKernel(Emitter& emitter, const plan::RowsStep& step, std::span<const View> views, std::int64_t lanes)
      : emitter_(emitter), step_(step), program_(step), views_(views.begin(), views.end()), lanes_(lanes) {}

  void emit() {
    const std::int64_t short_rows = rows_in_registers();
    const std::int64_t together = short_rows > 0 ? short_rows : plan::kRowsTogether;
    const std::span<const Dim> outer(step_.positions.data(), step_.positions.size() - 1);
    for_each_position(emitter_, outer, [&](std::span<llvm::Value* const> position) {
      for_each_block(emitter_, emitter_.count(step_.positions.back()), together,
                     [&](llvm::Value* begin, std::int64_t count) {
                       open_rows(position, begin, count);
                       if (short_rows > 0) {
                         emit_in_registers();
                       } else {
                         emit_passes();
                       }
                     });
    });
  }

private:
  void open_rows(std::span<llvm::Value* const> outer, llvm::Value* begin, std::int64_t count) {
    rows_.clear();
    for (std::int64_t number = 0; number < count; ++number) {
      std::vector<llvm::Value*> position(outer.begin(), outer.end());
      position.push_back(emitter_.builder.CreateAdd(begin, emitter_.integer(number)));
      Row& row = rows_.emplace_back(Row{.number = static_cast<std::size_t>(number)});
      for (std::size_t input = 0; input < program_.input_count(); ++input) {
        row.inputs.push_back(emitter_.at(views_[input], position));
      }
      row.output = emitter_.at(views_[program_.input_count()], position);
    }
  }

  /// How many rows of the group fit the registers together, a power of two; 0: they are too long, and more of them are
  /// computed together through memory.
  [[nodiscard]] std::int64_t rows_in_registers() const {
    if (!step_.length.is_constant()) {
      return 0;
    }
    const std::int64_t vectors = (step_.length.constant() + lanes_ - 1) / lanes_;
    const std::int64_t registers = vectors * static_cast<std::int64_t>(program_.slots().size() + 1);
    const std::int64_t room = emitter_.machine.vector_registers / kRegisterShare / std::max<std::int64_t>(registers, 1);
    std::int64_t rows = 1;
    while (rows < kMostShortRows && 2 * rows <= room) {
      rows *= 2;
    }
    const bool is_alone = step_.positions.back() == Dim(1);
    return room == 0 || (rows == 1 && !is_alone) ? 0 : rows;
  }

  /// The parts of a row that stays in registers.
  [[nodiscard]] std::vector<Part> register_parts() const {
    const std::int64_t length = step_.length.constant();
    std::vector<Part> parts;
    std::int64_t begin = 0;
    for (; begin + lanes_ <= length; begin += lanes_) {
      parts.push_back({.index = emitter_.integer(begin), .lanes = lanes_});
    }
    if (begin < length && emitter_.machine.has_masks && lanes_ > 1) {
      parts.push_back({.index = emitter_.integer(begin),
                       .lanes = lanes_,
                       .mask = lane_mask(emitter_, emitter_.integer(length - begin), lanes_)});
      return parts;
    }
    for (std::int64_t width = lanes_ / 2; width > 0; width /= 2) {
      if (((length - begin) & width) != 0) {
        parts.push_back({.index = emitter_.integer(begin), .lanes = width});
        begin += width;
      }
    }
    return parts;
  }

  /// The operand as a register value of the part; what is one number for the whole row stays a scalar.
  llvm::Value* operand_value(const Row& row, std::size_t operand, const Part& part, const PartRows& known) {
    if (operand < program_.input_count()) {
      return emitter_.load(row.inputs[operand], 0, part);
    }
    const StepId id = operand - program_.input_count();
    if (program_.is_reduction(id)) {
      return row.scalars.at(id);
    }
    const auto found = known.find(id);
    return found != known.end() ? found->second : emitter_.load(scratch_row(row, id), 0, part);
  }

  llvm::Value* evaluate(const Row& row, StepId id, const Part& part, const PartRows& known) {
    const std::set<std::size_t> used = program_.operands_of(id);
    Values operands(used.empty() ? 0 : *used.rbegin() + 1, nullptr);
    for (const std::size_t operand : used) {
      operands[operand] = operand_value(row, operand, part, known);
    }
    return emit_expression(emitter_, program_.step(id).expression, operands, part.lanes);
  }

  View scratch_row(const Row& row, StepId id) {
    const std::int64_t row_bytes =
        (step_.longest + kScratchRowElements - 1) / kScratchRowElements * kScratchRowElements * kScratchElementBytes;
    const std::size_t place = row.number * program_.slots().size() + program_.slots().at(id);
    llvm::Value* offset = emitter_.integer(row_bytes * static_cast<std::int64_t>(place));
    return {.base = emitter_.element_pointer(views_.back().base, DType::i8, offset, 1),
            .dtype = program_.result_dtype(id),
            .strides = {1}};
  }

  // ---- reductions: for each, one accumulator of whole vectors and one scalar for narrower parts, carried ------------

  /// The accumulators at the beginning of a pass: row by row, two for each of its reductions.
  Values identities_of(const std::vector<StepId>& pass) {
    Values carried;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      for (const StepId id : pass) {
        if (program_.is_reduction(id)) {
          const graph::Reducer reducer = *program_.step(id).reducer;
          carried.push_back(reducer_identity(emitter_, reducer, program_.result_dtype(id), lanes_));
          carried.push_back(reducer_identity(emitter_, reducer, program_.result_dtype(id), 1));
        }
      }
    }
    return carried;
  }

  void accumulate(StepId id, llvm::Value* value, const Part& part, llvm::Value*& lanes_sum, llvm::Value*& scalar_sum) {
    const graph::Reducer reducer = *program_.step(id).reducer;
    const DType dtype = program_.result_dtype(id);
    if (part.mask != nullptr) {
      value = emitter_.builder.CreateSelect(part.mask, value, reducer_identity(emitter_, reducer, dtype, part.lanes));
    }
    if (part.lanes == lanes_) {
      lanes_sum = emit_combine(emitter_, reducer, dtype, lanes_sum, value);
      return;
    }
    if (part.lanes > 1) {
      value = emit_combine_lanes(emitter_, reducer, dtype, value);
    }
    scalar_sum = emit_combine(emitter_, reducer, dtype, scalar_sum, value);
  }

  /// The steps of a pass for one part of a row, whose accumulators begin at `place`.
  void run_pass(const Row& row, const std::vector<StepId>& pass, const Part& part, Values& carried, std::size_t& place,
                PartRows& known) {
    for (const StepId id : pass) {
      llvm::Value* value = evaluate(row, id, part, known);
      if (program_.is_reduction(id)) {
        accumulate(id, value, part, carried[place], carried[place + 1]);
        place += 2;
      } else {
        known[id] = value;
      }
    }
  }

  /// From accumulators to the results of the pass's reductions, the lanes of all rows joined together.
  void finish_pass(const std::vector<StepId>& pass, const Values& carried) {
    const std::size_t stride = carried.size() / rows_.size();
    std::size_t place = 0;
    for (const StepId id : pass) {
      if (!program_.is_reduction(id)) {
        continue;
      }
      Values sums;
      for (std::size_t row = 0; row < rows_.size(); ++row) {
        sums.push_back(carried[row * stride + place]);
      }
      const graph::Reducer reducer = *program_.step(id).reducer;
      const DType dtype = program_.result_dtype(id);
      sums = emit_combine_lanes(emitter_, reducer, dtype, sums);
      for (std::size_t row = 0; row < rows_.size(); ++row) {
        rows_[row].scalars[id] = finish_reduction(id, sums[row], carried[row * stride + place + 1]);
      }
      place += 2;
    }
  }

  llvm::Value* finish_reduction(StepId id, llvm::Value* sum, llvm::Value* scalar_sum) {
    const graph::Reducer reducer = *program_.step(id).reducer;
    const DType dtype = program_.result_dtype(id);
    if (scalar_sum != reducer_identity(emitter_, reducer, dtype, 1)) {  // there were narrower parts
      sum = emit_combine(emitter_, reducer, dtype, sum, scalar_sum);
    }
    if (reducer == graph::Reducer::mean) {
      KDLC_ASSERT(is_float(dtype), "a mean is a float");
      llvm::Value* count = emitter_.builder.CreateSIToFP(emitter_.count(step_.length), emitter_.register_type(dtype));
      sum = emitter_.builder.CreateFDiv(sum, count);
    }
    return sum;
  }

  // ---- passes ------------------------------------------------------------------------------------------------------

  void emit_in_registers() {
    const std::vector<Part> parts = register_parts();
    std::vector<std::vector<PartRows>> known(rows_.size(), std::vector<PartRows>(parts.size()));
    for (const std::vector<StepId>& pass : program_.passes()) {
      Values carried = identities_of(pass);
      const std::size_t stride = carried.size() / rows_.size();
      for (std::size_t row = 0; row < rows_.size(); ++row) {
        for (std::size_t part = 0; part < parts.size(); ++part) {
          std::size_t place = row * stride;
          run_pass(rows_[row], pass, parts[part], carried, place, known[row][part]);
        }
      }
      finish_pass(pass, carried);
    }
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      for (std::size_t part = 0; part < parts.size(); ++part) {
        llvm::Value* value = known[row][part].at(program_.last());
        if (rows_.size() == 1) {
          emitter_.store_first(value, rows_[row].output, parts[part], step_.length.constant() % lanes_);
        } else {
          emitter_.store(value, rows_[row].output, 0, parts[part]);
        }
      }
    }
  }

  void emit_passes() {
    for (const std::vector<StepId>& pass : program_.passes()) {
      const auto body = [&](const Part& part, const Values& before) {
        Values carried = before;
        std::size_t place = 0;
        for (const Row& row : rows_) {
          PartRows known;
          run_pass(row, pass, part, carried, place, known);
          for (const auto& [id, value] : known) {
            if (id == program_.last()) {
              emitter_.store(value, row.output, 0, part);
            } else if (program_.slots().contains(id)) {
              emitter_.store(value, scratch_row(row, id), 0, part);
            }
          }
        }
        return carried;
      };
      finish_pass(pass, carry_parts(emitter_, emitter_.count(step_.length), lanes_, identities_of(pass), body));
    }
  }

  Emitter& emitter_;
  const plan::RowsStep& step_;
  RowProgram program_;
  std::vector<View> views_;  // inputs, output, scratch
  std::int64_t lanes_;
  std::vector<Row> rows_;  // of the group under construction
};

}  // namespace

void emit_rows(Emitter& emitter, const plan::RowsStep& step) {
  std::vector<Emitter::Argument> arguments = kernel_arguments(step.inputs, step.output);
  arguments.push_back({.access = &step.scratch});
  std::vector<Dim> dims = step.positions;
  dims.push_back(step.length);
  std::string key = "rows " + describe(dims) + describe_all(arguments);
  std::vector<const graph::MapExpression*> expressions;
  for (const graph::RowsStep& row_step : step.program) {
    key += row_step.reducer ? std::to_string(static_cast<int>(*row_step.reducer)) + "<" : "=";
    key += describe(row_step.expression);
    expressions.push_back(&row_step.expression);
  }
  emitter.call_shared(key, "rows", arguments, dims, [&](std::span<const View> views) {
    std::int64_t lanes = common_lanes(emitter, arguments, expressions);
    // A row of three is joined in two rounds, not in four with mostly empty lanes.
    while (step.length.is_constant() && lanes / 2 >= step.length.constant()) {
      lanes /= 2;
    }
    RowKernel(emitter, step, views, lanes).emit();
  });
}

}  // namespace kdlc::codegen
