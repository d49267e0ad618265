// Rows: a short program of maps and reductions over one row, at every position: softmax, layer norm, l2 norm.
//
//   for every position
//     for every pass:  for every part of the row:  the maps of the pass, then what its reductions add up
//
// A pass is a run of steps none of which needs a reduction of the same pass: softmax is max | exp, sum | divide. A
// short row stays in registers from pass to pass; a long one is read again from L1, its intermediate rows from the
// step's scratch.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "codegen/expression.hpp"
#include "codegen/kernels/kernels.hpp"
#include "codegen/kernels/nest.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

/// Half of the registers hold the row, the rest the arithmetic.
constexpr std::int64_t kRegisterShare = 2;
/// A row of scratch starts at a multiple of this many elements of eight bytes: the planner reserves it so.
constexpr std::int64_t kScratchRowElements = 16;
constexpr std::int64_t kScratchElementBytes = 8;

/// The row program of one kernel, analysed.
class RowKernel {
public:
  RowKernel(Emitter& emitter, const plan::RowsStep& step, std::span<const View> views, std::int64_t lanes)
      : emitter_(emitter),
        step_(step),
        input_count_(step.inputs.size()),
        views_(views.begin(), views.end()),
        lanes_(lanes) {
    split_passes();
  }

  void emit() {
    for_each_position(emitter_, step_.positions, [&](std::span<llvm::Value* const> position) {
      inputs_.clear();
      for (std::size_t k = 0; k < input_count_; ++k) {
        inputs_.push_back(emitter_.at(views_[k], position));
      }
      output_ = emitter_.at(views_[input_count_], position);
      scalars_.clear();
      if (const auto parts = register_parts()) {
        emit_in_registers(*parts);
      } else {
        emit_passes();
      }
    });
  }

private:
  using StepId = std::size_t;  // index into the program

  [[nodiscard]] const graph::RowsStep& program(StepId id) const { return step_.program[id]; }
  [[nodiscard]] bool is_reduction(StepId id) const { return program(id).reducer.has_value(); }
  [[nodiscard]] StepId last() const { return step_.program.size() - 1; }

  /// The operands that the step's expression reads: inputs, then results of earlier steps.
  [[nodiscard]] std::set<std::size_t> operands_of(StepId id) const {
    std::set<std::size_t> operands;
    for (const graph::MapTerm& term : program(id).expression.terms) {
      if (term.op == graph::MapOp::operand) {
        operands.insert(term.operand);
      }
    }
    if (program(id).expression.terms.empty()) {
      operands.insert(0);
    }
    return operands;
  }

  /// A step opens a new pass when it reads a reduction of the pass so far. Rows that a later pass reads get a row of
  /// scratch.
  void split_passes() {
    std::vector<std::size_t> pass_of;
    std::size_t pass = 0;
    for (StepId id = 0; id < step_.program.size(); ++id) {
      for (const std::size_t operand : operands_of(id)) {
        if (operand >= input_count_ && is_reduction(operand - input_count_) &&
            pass_of[operand - input_count_] == pass) {
          ++pass;
          break;
        }
      }
      pass_of.push_back(pass);
      passes_.resize(pass + 1);
      passes_[pass].push_back(id);
    }
    for (StepId id = 0; id < step_.program.size(); ++id) {
      for (const std::size_t operand : operands_of(id)) {
        const bool is_row = operand >= input_count_ && !is_reduction(operand - input_count_);
        if (is_row && pass_of[operand - input_count_] != pass_of[id]) {
          slots_.try_emplace(operand - input_count_, slots_.size());
        }
      }
    }
  }

  [[nodiscard]] DType result_dtype(StepId id) const {
    const graph::MapExpression& expression = program(id).expression;
    return expression.terms.empty() ? step_.inputs.front().dtype : expression.result_dtype();
  }

  /// The parts of a row that stays in registers; nullopt when it is too long.
  std::optional<std::vector<Part>> register_parts() const {
    if (!step_.length.is_constant()) {
      return std::nullopt;
    }
    const std::int64_t length = step_.length.constant();
    const std::int64_t vectors = (length + lanes_ - 1) / lanes_;
    const auto rows = static_cast<std::int64_t>(slots_.size() + 1);
    if (vectors * rows > emitter_.machine.vector_registers / kRegisterShare) {
      return std::nullopt;
    }
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

  /// What the steps of a pass know of one part: rows computed so far, by step.
  using PartRows = std::map<StepId, llvm::Value*>;

  /// The operand as a register value of the part.
  llvm::Value* operand_value(std::size_t operand, const Part& part, const PartRows& rows) {
    if (operand < input_count_) {
      return emitter_.load(inputs_[operand], 0, part);
    }
    const StepId id = operand - input_count_;
    if (is_reduction(id)) {
      return emitter_.splat(scalars_.at(id), part.lanes);
    }
    const auto found = rows.find(id);
    return found != rows.end() ? found->second : emitter_.load(scratch_row(id), 0, part);
  }

  llvm::Value* evaluate(StepId id, const Part& part, const PartRows& rows) {
    const std::set<std::size_t> used = operands_of(id);
    Values operands(*used.rbegin() + 1, nullptr);
    for (const std::size_t operand : used) {
      operands[operand] = operand_value(operand, part, rows);
    }
    return emit_expression(emitter_, program(id).expression, operands, part.lanes);
  }

  View scratch_row(StepId id) {
    const std::int64_t row_bytes =
        (step_.longest + kScratchRowElements - 1) / kScratchRowElements * kScratchRowElements * kScratchElementBytes;
    llvm::Value* offset = emitter_.integer(row_bytes * static_cast<std::int64_t>(slots_.at(id)));
    return {.base = emitter_.element_pointer(views_.back().base, DType::i8, offset, 1),
            .dtype = result_dtype(id),
            .strides = {1}};
  }

  // ---- reductions: one accumulator of whole vectors and one scalar for narrower parts, carried
  // --------------------------

  void push_identities(StepId id, Values& carried) {
    carried.push_back(reducer_identity(emitter_, *program(id).reducer, result_dtype(id), lanes_));
    carried.push_back(reducer_identity(emitter_, *program(id).reducer, result_dtype(id), 1));
  }

  void accumulate(StepId id, llvm::Value* value, const Part& part, llvm::Value*& lanes_sum, llvm::Value*& scalar_sum) {
    const graph::Reducer reducer = *program(id).reducer;
    const DType dtype = result_dtype(id);
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

  void finish_reduction(StepId id, llvm::Value* lanes_sum, llvm::Value* scalar_sum) {
    const graph::Reducer reducer = *program(id).reducer;
    const DType dtype = result_dtype(id);
    llvm::Value* sum = lanes_ > 1 ? emit_combine_lanes(emitter_, reducer, dtype, lanes_sum) : lanes_sum;
    sum = emit_combine(emitter_, reducer, dtype, sum, scalar_sum);
    if (reducer == graph::Reducer::mean) {
      KDLC_ASSERT(is_float(dtype), "a mean is a float");
      llvm::Value* count = emitter_.builder.CreateSIToFP(emitter_.count(step_.length), emitter_.register_type(dtype));
      sum = emitter_.builder.CreateFDiv(sum, count);
    }
    scalars_[id] = sum;
  }

  /// The steps of a pass for one part; `carried` holds two values for each of its reductions.
  Values run_pass(const std::vector<StepId>& pass, const Part& part, const Values& carried, PartRows& rows) {
    Values next = carried;
    std::size_t place = 0;
    for (const StepId id : pass) {
      llvm::Value* value = evaluate(id, part, rows);
      if (is_reduction(id)) {
        accumulate(id, value, part, next[place], next[place + 1]);
        place += 2;
      } else {
        rows[id] = value;
      }
    }
    return next;
  }

  Values identities_of(const std::vector<StepId>& pass) {
    Values carried;
    for (const StepId id : pass) {
      if (is_reduction(id)) {
        push_identities(id, carried);
      }
    }
    return carried;
  }

  void finish_pass(const std::vector<StepId>& pass, const Values& carried) {
    std::size_t place = 0;
    for (const StepId id : pass) {
      if (is_reduction(id)) {
        finish_reduction(id, carried[place], carried[place + 1]);
        place += 2;
      }
    }
  }

  void emit_in_registers(const std::vector<Part>& parts) {
    std::vector<PartRows> rows(parts.size());
    for (const std::vector<StepId>& pass : passes_) {
      Values carried = identities_of(pass);
      for (std::size_t k = 0; k < parts.size(); ++k) {
        carried = run_pass(pass, parts[k], carried, rows[k]);
      }
      finish_pass(pass, carried);
    }
    for (std::size_t k = 0; k < parts.size(); ++k) {
      emitter_.store(rows[k].at(last()), output_, 0, parts[k]);
    }
  }

  void emit_passes() {
    for (const std::vector<StepId>& pass : passes_) {
      const auto body = [&](const Part& part, const Values& carried) {
        PartRows rows;
        Values next = run_pass(pass, part, carried, rows);
        for (const auto& [id, value] : rows) {
          if (id == last()) {
            emitter_.store(value, output_, 0, part);
          } else if (slots_.contains(id)) {
            emitter_.store(value, scratch_row(id), 0, part);
          }
        }
        return next;
      };
      finish_pass(pass, carry_parts(emitter_, emitter_.count(step_.length), lanes_, identities_of(pass), body));
    }
  }

  Emitter& emitter_;
  const plan::RowsStep& step_;
  std::size_t input_count_;
  std::vector<View> views_;  // inputs, output, scratch
  std::int64_t lanes_;
  std::vector<std::vector<StepId>> passes_;
  std::map<StepId, std::size_t> slots_;  // row of scratch

  // At the position under construction:
  std::vector<View> inputs_;
  View output_;
  std::map<StepId, llvm::Value*> scalars_;
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
