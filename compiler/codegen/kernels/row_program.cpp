// Passes of row programs.
#include "codegen/kernels/row_program.hpp"

namespace kdlc::codegen {

RowProgram::RowProgram(const plan::RowsStep& step) : step_(step) {
  split_passes();
}

std::set<std::size_t> RowProgram::operands_of(StepId id) const {
  std::set<std::size_t> operands;
  for (const graph::MapTerm& term : step(id).expression.terms) {
    if (term.op == graph::MapOp::operand) {
      operands.insert(term.operand);
    }
  }
  if (step(id).expression.terms.empty()) {
    operands.insert(0);
  }
  return operands;
}

DType RowProgram::result_dtype(StepId id) const {
  const graph::MapExpression& expression = step(id).expression;
  return expression.terms.empty() ? step_.inputs.front().dtype : expression.result_dtype();
}

/// A step opens a new pass when it reads a reduction of the pass so far.
void RowProgram::split_passes() {
  std::vector<std::size_t> pass_of;
  std::size_t pass = 0;
  for (StepId id = 0; id < step_.program.size(); ++id) {
    for (const std::size_t operand : operands_of(id)) {
      if (operand >= input_count() && is_reduction(operand - input_count()) &&
          pass_of[operand - input_count()] == pass) {
        ++pass;
        break;
      }
    }
    pass_of.push_back(pass);
    passes_.resize(pass + 1);
    passes_[pass].push_back(id);
  }
  find_slots(pass_of);
}

void RowProgram::find_slots(const std::vector<std::size_t>& pass_of) {
  for (StepId id = 0; id < step_.program.size(); ++id) {
    for (const std::size_t operand : operands_of(id)) {
      const bool is_row = operand >= input_count() && !is_reduction(operand - input_count());
      if (is_row && pass_of[operand - input_count()] != pass_of[id]) {
        slots_.try_emplace(operand - input_count(), slots_.size());
      }
    }
  }
}

}  // namespace kdlc::codegen
