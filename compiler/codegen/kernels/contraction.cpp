// Contractions: output[r, c] = epilogue(sum over k of left[r, k] × right[k, c]), each form one function of the object.
#include <fmt/format.h>

#include "codegen/kernels/contraction_loops.hpp"
#include "codegen/kernels/kernels.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

using plan::ContractionStep;

std::string key_of_results(const ContractionStep& step) {
  std::string key = fmt::format("{}|{}", describe(step.epilogue), describe(step.output));
  for (const plan::Access& operand : step.epilogue_operands) {
    key += "|" + describe(operand);
  }
  return key;
}

std::string key_of(const ContractionStep& step) {
  const plan::ContractionBlock& block = step.block;
  std::string key = fmt::format(
      "contraction {}|{}|{}|{}|{}x{}x{}x{}x{}x{}{}|{}|{}{}|{}", describe(step.outer), describe(step.rows),
      describe(step.depth), step.columns.to_text(), block.outer_rows, block.inner_rows, block.panels, block.vectors,
      block.lanes, block.taps, block.columns_outermost ? fmt::format("c{}", block.band_rows) : "r", describe(step.left),
      describe(step.right), step.right_is_packed ? (step.fetches_ahead ? "pf" : "p") : "", key_of_results(step));
  key += step.fetches_rows ? "|rows ahead" : "";
  if (step.pool) {
    key += fmt::format("|pool {} {} {} {} {}", static_cast<int>(step.pool->reducer), step.pool->turns,
                       step.pool->turn_stride.to_text(), step.pool->columns, describe(step.pool->epilogue));
  }
  return key;
}

void add_results(std::vector<Emitter::Argument>& arguments, const ContractionStep& step) {
  arguments.push_back({.access = &step.output});
  for (const plan::Access& operand : step.epilogue_operands) {
    arguments.push_back({.access = &operand});
  }
}

void emit(Emitter& emitter, const ContractionStep& step, const ContractionStep* also) {
  KDLC_ASSERT(step.block.outer_rows > 0 && step.block.inner_rows > 0 && step.block.vectors > 0 && step.block.lanes > 0,
              "the planner chose a block");
  std::vector<Emitter::Argument> arguments = {{.access = &step.left, .read_only = true},
                                              {.access = &step.right, .read_only = true}};
  add_results(arguments, step);
  std::vector<Dim> dims = step.outer;
  dims.insert(dims.end(), step.rows.begin(), step.rows.end());
  dims.insert(dims.end(), step.depth.begin(), step.depth.end());
  dims.push_back(step.columns);
  std::string key = key_of(step);
  if (turns_around(emitter, step)) {
    dims.push_back(Dim::symbol(plan::kDirectionSymbol));
    key += "|turns around";
  }
  if (alternates(emitter, step)) {
    dims.push_back(Dim::symbol(kBackwardsSymbol));
    key += "|alternates";
  }
  if (also != nullptr) {
    add_results(arguments, *also);
    key += "|also|" + key_of_results(*also);
  }
  emitter.call_shared(key, "contraction", arguments, dims,
                      [&](std::span<const View> views) { emit_contraction_loops(emitter, step, also, views); });
}

}  // namespace

void emit_contraction(Emitter& emitter, const ContractionStep& step) {
  emit(emitter, step, nullptr);
}

void emit_contraction(Emitter& emitter, const ContractionStep& step, const ContractionStep& also) {
  emit(emitter, step, &also);
}

}  // namespace kdlc::codegen
