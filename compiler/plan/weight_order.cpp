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

std::int64_t packed_bytes(const Step& step) {
  const auto* contraction = std::get_if<ContractionStep>(&step.kernel);
  return contraction != nullptr && contraction->right_is_packed ? right_bytes(*contraction) : 0;
}

bool stay_close(std::int64_t bytes, const Machine& machine) {
  return machine.second_cache_holds(static_cast<double>(bytes));
}

void take_panels_together(Step& step, const Machine& machine) {
  auto* contraction = std::get_if<ContractionStep>(&step.kernel);
  if (contraction == nullptr || !contraction->right_is_packed || !is_one_row(*contraction)) {
    return;
  }
  const ContractionShape shape = shape_of(*contraction, {}, true);
  if (contraction->block.lanes > 1) {
    contraction->block.panels = choose_panels(machine, shape, contraction->block);
  } else if (contraction->block.vectors == 1 && shape.columns < machine.lanes(shape.dtype)) {
    contraction->block.panels = shape.columns;
  }
}

std::int64_t packed_bytes(const std::vector<Step>& steps) {
  std::int64_t bytes = 0;
  for (const Step& step : steps) {
    bytes += packed_bytes(step);
  }
  return bytes;
}

void alternate(Step& step, const Machine& machine) {
  auto* loop = std::get_if<LoopStep>(&step.kernel);
  if (loop == nullptr || packed_bytes(loop->steps) <= machine.l1_bytes / 2) {
    return;
  }
  for (Step& inside : loop->steps) {
    auto* contraction = std::get_if<ContractionStep>(&inside.kernel);
    if (contraction != nullptr) {
      contraction->alternates = contraction->right_is_packed && contraction->outer.empty() && is_one_row(*contraction);
    }
  }
}

}  // namespace

void alternate(std::vector<Step>& steps, const Machine& machine) {
  for (Step& step : steps) {
    alternate(step, machine);
  }
}

void alternate(std::vector<Region>& regions, const Machine& machine) {
  for (Region& region : regions) {
    for (Share& share : region.shares) {
      alternate(share.step, machine);
    }
  }
}

void take_panels_together(std::vector<Step>& steps, const Machine& machine) {
  const std::int64_t bytes = packed_bytes(steps);  // of one turn, the loops among the steps left out
  for (Step& step : steps) {
    if (auto* loop = std::get_if<LoopStep>(&step.kernel)) {
      take_panels_together(loop->steps, machine);
    } else if (stay_close(bytes, machine)) {
      take_panels_together(step, machine);
    }
  }
}

void take_panels_together(std::vector<Region>& regions, const Machine& machine) {
  std::int64_t bytes = 0;  // of the first thread, which has no less to do than any other
  for (const Region& region : regions) {
    for (const Share& share : region.shares) {
      bytes += share.first == 0 ? packed_bytes(share.step) : 0;
    }
  }
  for (Region& region : regions) {
    for (Share& share : region.shares) {
      if (auto* loop = std::get_if<LoopStep>(&share.step.kernel)) {
        take_panels_together(loop->steps, machine);
      } else if (stay_close(bytes, machine)) {
        take_panels_together(share.step, machine);
      }
    }
  }
}

}  // namespace kdlc::plan
