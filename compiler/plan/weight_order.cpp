// Walks over the contractions of a body.
#include "plan/weight_order.hpp"

#include <algorithm>

#include "plan/contraction_blocks.hpp"

namespace kdlc::plan {

void turn_around(Body& body, std::int64_t direction_offset) {
  body.direction_offset = direction_offset;
  for (Step& step : body.steps) {
    if (auto* contraction = std::get_if<ContractionStep>(&step.kernel)) {
      contraction->turns_around = contraction->right_is_packed && contraction->outer.empty() &&
                                  panel_count(contraction->block, contraction->columns.constant()) > 1;
    }
  }
}

namespace {

bool is_one_row(const ContractionStep& step) {
  return std::all_of(step.rows.begin(), step.rows.end(), [](const Dim& size) { return size == Dim(1); });
}

/// Of one turn, the loops among the steps left out.
std::int64_t packed_bytes(const std::vector<Step>& steps) {
  std::int64_t bytes = 0;
  for (const Step& step : steps) {
    const auto* contraction = std::get_if<ContractionStep>(&step.kernel);
    if (contraction != nullptr && contraction->right_is_packed) {
      bytes += right_bytes(*contraction);
    }
  }
  return bytes;
}

}  // namespace

void take_panels_together(std::vector<Step>& steps, const Machine& machine) {
  const bool stays_close = 2 * packed_bytes(steps) <= 3 * machine.l1_bytes;
  for (Step& step : steps) {
    if (auto* loop = std::get_if<LoopStep>(&step.kernel)) {
      take_panels_together(loop->steps, machine);
      continue;
    }
    auto* contraction = std::get_if<ContractionStep>(&step.kernel);
    if (contraction != nullptr && stays_close && contraction->right_is_packed && contraction->block.lanes > 1 &&
        is_one_row(*contraction)) {
      contraction->block.panels = choose_panels(machine, shape_of(*contraction, {}, true), contraction->block);
    }
  }
}

}  // namespace kdlc::plan
