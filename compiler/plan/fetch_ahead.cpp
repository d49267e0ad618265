// Which contractions ask for weights and rows ahead.
#include "plan/fetch_ahead.hpp"

#include <algorithm>

namespace kdlc::plan {
namespace {

/// Bytes from the first row to the last one of a tensor whose strides over the rows stand at its front.
std::int64_t bytes_of_rows(const std::vector<Dim>& rows, const Access& access) {
  return rows.front().constant() * access.strides.front().constant() *
         static_cast<std::int64_t>(size_bytes(access.dtype));
}

/// Whether rows that lie one behind the other, each read as a whole and by its own row alone, together with what the
/// epilogue touches outgrow the second cache.
bool outgrows_cache(const ContractionStep& step, const Machine& machine) {
  if (!step.outer.empty() || step.rows.empty() || step.depth.size() != 1 || !are_constant(step.rows) ||
      !are_constant(step.depth) || !step.columns.is_constant() || !are_constant(step.left.strides) ||
      !are_constant(step.output.strides)) {
    return false;
  }
  std::int64_t bytes = bytes_of_rows(step.rows, step.left) + bytes_of_rows(step.rows, step.output);
  for (const Access& operand : step.epilogue_operands) {
    if (!are_constant(operand.strides)) {
      return false;
    }
    bytes += operand == step.output ? 0 : bytes_of_rows(step.rows, operand);
  }
  const Dim& pitch = step.left.strides[step.rows.size() - 1];
  return pitch.constant() >= step.depth.front().constant() && !machine.second_cache_holds(static_cast<double>(bytes));
}

}  // namespace

void fetch_weights_ahead(std::vector<Step>& steps) {
  for (Step& step : steps) {
    if (auto* contraction = std::get_if<ContractionStep>(&step.kernel)) {
      contraction->fetches_ahead = contraction->right_is_packed && contraction->outer.empty();
    } else if (auto* winograd = std::get_if<WinogradStep>(&step.kernel)) {
      winograd->fetches_ahead = true;
    }
  }
}

void fetch_rows_ahead(std::vector<Step>& steps, const Machine& machine) {
  for (Step& step : steps) {
    if (auto* contraction = std::get_if<ContractionStep>(&step.kernel)) {
      contraction->fetches_rows = outgrows_cache(*contraction, machine);
    }
  }
}

}  // namespace kdlc::plan
