// Walks over the contractions of a body.
#include "plan/weight_order.hpp"

#include <algorithm>

#include "plan/contraction_blocks.hpp"

namespace kdlc::plan {

void fetch_weights_ahead(std::vector<Step>& steps) {
  for (Step& step : steps) {
    if (auto* contraction = std::get_if<ContractionStep>(&step.kernel)) {
      contraction->fetches_ahead = contraction->right_is_packed && contraction->outer.empty();
    } else if (auto* winograd = std::get_if<WinogradStep>(&step.kernel)) {
      winograd->fetches_ahead = true;
    }
  }
}

void turn_around(Body& body, std::int64_t direction_offset) {
  body.direction_offset = direction_offset;
  for (Step& step : body.steps) {
    if (auto* contraction = std::get_if<ContractionStep>(&step.kernel)) {
      contraction->turns_around = contraction->right_is_packed && contraction->outer.empty() &&
                                  panel_count(contraction->block, contraction->columns.constant()) > 1;
    }
  }
}

void take_panels_together(std::vector<Step>& steps, const Machine& machine) {
  for (Step& step : steps) {
    if (auto* loop = std::get_if<LoopStep>(&step.kernel)) {
      take_panels_together(loop->steps, machine);
      continue;
    }
    auto* contraction = std::get_if<ContractionStep>(&step.kernel);
    const auto is_one = [](const Dim& size) { return size == Dim(1); };
    if (contraction != nullptr && contraction->right_is_packed && contraction->block.lanes > 1 &&
        std::all_of(contraction->rows.begin(), contraction->rows.end(), is_one)) {
      contraction->block.panels = choose_panels(machine, shape_of(*contraction, {}, true), contraction->block);
    }
  }
}

}  // namespace kdlc::plan
