// The analysis of a row program: which steps run in one pass over the row, and which rows wait for a later pass.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "plan/plan.hpp"

namespace kdlc::codegen {

/// A pass is a run of steps none of which needs a reduction of the same pass: softmax is max | exp, sum | divide.
class RowProgram {
public:
  using StepId = std::size_t;  // index into the program

  explicit RowProgram(const plan::RowsStep& step);

  [[nodiscard]] const graph::RowsStep& step(StepId id) const { return step_.program[id]; }
  [[nodiscard]] bool is_reduction(StepId id) const { return step(id).reducer.has_value(); }
  [[nodiscard]] StepId last() const { return step_.program.size() - 1; }
  [[nodiscard]] std::size_t input_count() const { return step_.inputs.size(); }
  [[nodiscard]] DType result_dtype(StepId id) const;
  /// The operands that the step's expression reads: inputs, then results of earlier steps.
  [[nodiscard]] std::set<std::size_t> operands_of(StepId id) const;

  [[nodiscard]] const std::vector<std::vector<StepId>>& passes() const { return passes_; }
  /// The steps whose rows a later pass reads, each with the number of its place between passes.
  [[nodiscard]] const std::map<StepId, std::size_t>& slots() const { return slots_; }

private:
  void split_passes();
  void find_slots(const std::vector<std::size_t>& pass_of);

  const plan::RowsStep& step_;
  std::vector<std::vector<StepId>> passes_;
  std::map<StepId, std::size_t> slots_;
};

}  // namespace kdlc::codegen
