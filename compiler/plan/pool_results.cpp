// Finds a contraction with its weights left, and the windows that alone read its results.
#include "plan/pool_results.hpp"

#include <algorithm>
#include <optional>

#include "plan/contraction_blocks.hpp"
#include "plan/step_accesses.hpp"

namespace kdlc::plan {
namespace {

bool is_extreme(graph::Reducer reducer) {
  return reducer == graph::Reducer::maximum || reducer == graph::Reducer::minimum;
}

/// Whether windows along this axis cover cells without gap or overlap, and never leave them.
bool covers_cells(const WindowStep& window, const WindowStep::Axis& axis) {
  const Dim& positions = window.positions[axis.position];
  return axis.size == axis.stride && axis.dilation == 1 && axis.pad_low == 0 && positions.is_constant() &&
         axis.input_size.is_constant() && positions.constant() * axis.size <= axis.input_size.constant();
}

/// A step of the form of contraction_weights_left.cpp whose epilogue is the same at all positions: channels are its
/// only rows, all in one block, positions its columns.
bool has_positions_in_lanes(const ContractionStep& step) {
  if (step.right_is_packed || step.pool || step.rows.size() != 1 || !step.columns.is_constant() ||
      step.rows.front() != Dim(step.block.inner_rows) || step.block.lanes < 2 || !step.block.columns_outermost ||
      step.block.band_rows != 0 || step.right.strides.back() != Dim(1) || !is_float(step.output.dtype) ||
      step.output.dtype != step.left.dtype || step.output.dtype != step.right.dtype) {
    return false;
  }
  const auto stays = [&](const Access& access) {
    const std::size_t outer = step.outer.size();
    return (outer == 0 || access.strides[outer - 1] == Dim(0)) && access.strides[outer + 1] == Dim(0);
  };
  const bool weights_stay = step.outer.empty() || step.left.strides[step.outer.size() - 1] == Dim(0);
  return weights_stay && std::all_of(step.epilogue_operands.begin(), step.epilogue_operands.end(), stays);
}

/// The axes of both steps by their strides in the map between: windows slide along the columns, and along the last
/// outer axis.
class Pair {
public:
  Pair(const ContractionStep& contraction, const WindowStep& window) : contraction_(contraction), window_(window) {}

  [[nodiscard]] std::optional<ContractionStep> joined() {
    if (!find_axes() || !have_same_map()) {
      return std::nullopt;
    }
    ContractionStep step = contraction_;
    const std::size_t outer = step.outer.size();
    ContractionPool pool{.reducer = window_.reducer, .columns = along_columns_->size, .epilogue = window_.epilogue};
    step.columns = window_.positions[along_columns_->position];
    step.right.strides.back() = along_columns_->size;
    step.output = window_.output;
    step.output.strides.clear();
    for (std::size_t axis = 0; axis < positions_.size(); ++axis) {
      step.output.strides.push_back(window_.output.strides[positions_[axis]]);
    }
    if (outer > 0) {
      Dim& stride = step.right.strides[outer - 1];
      pool.turns = along_outer_ != nullptr ? along_outer_->size : 1;
      pool.turn_stride = stride;
      stride = stride * pool.turns;
      step.outer.back() = window_.positions[positions_.back()];
    }
    step.output.strides.push_back(window_.output.strides.back());
    step.output.strides.push_back(window_.output.strides[along_columns_->position]);
    step.pool = std::move(pool);
    return step;
  }

private:
  /// Which axis of the windows is which of the contraction's, and which positions are its outer axes.
  bool find_axes() {
    for (const WindowStep::Axis& axis : window_.windows) {
      if (!covers_cells(window_, axis)) {
        return false;
      }
      if (axis.position + 1 == window_.positions.size()) {
        along_columns_ = &axis;
      } else if (axis.size > 1) {
        along_outer_ = along_outer_ == nullptr && axis.position + 2 == window_.positions.size() ? &axis : nullptr;
        if (along_outer_ == nullptr) {
          return false;
        }
      }
    }
    for (std::size_t position = 0; position + 1 < window_.positions.size(); ++position) {
      if (window_.positions[position] != Dim(1) || (along_outer_ != nullptr && along_outer_->position == position)) {
        positions_.push_back(position);
      }
    }
    return along_columns_ != nullptr && positions_.size() == contraction_.outer.size();
  }

  /// Whether the windows read just what the contraction writes, axis by axis.
  [[nodiscard]] bool have_same_map() const {
    const Access& written = contraction_.output;
    const Access& read = window_.input;
    const std::size_t outer = contraction_.outer.size();
    const std::size_t columns_window = static_cast<std::size_t>(along_columns_ - window_.windows.data());
    bool is_same = written.offset_bytes == read.offset_bytes && written.dtype == read.dtype &&
                   window_.output.dtype == read.dtype && window_.channels == contraction_.rows.front() &&
                   read.strides.back() == Dim(1) && written.strides[outer] == Dim(1) &&
                   read.strides[window_.positions.size() + columns_window] == written.strides[outer + 1] &&
                   window_.positions[along_columns_->position].constant() * along_columns_->size <=
                       contraction_.columns.constant();
    for (std::size_t axis = 0; axis < outer; ++axis) {
      const bool is_pooled = along_outer_ != nullptr && along_outer_->position == positions_[axis];
      const Dim cells = is_pooled ? window_.positions[positions_[axis]] * along_outer_->size : contraction_.outer[axis];
      const Dim step = is_pooled ? written.strides[axis] * along_outer_->size : written.strides[axis];
      is_same = is_same && read.strides[positions_[axis]] == step;
      is_same = is_same && (is_pooled ? contraction_.outer[axis].is_constant() &&
                                            cells.constant() <= contraction_.outer[axis].constant()
                                      : window_.positions[positions_[axis]] == contraction_.outer[axis]);
    }
    return is_same;
  }

  const ContractionStep& contraction_;
  const WindowStep& window_;
  const WindowStep::Axis* along_columns_ = nullptr;
  const WindowStep::Axis* along_outer_ = nullptr;
  std::vector<std::size_t> positions_;  // by outer axis
};

/// Turns and neighbouring cells of a window are straight code.
constexpr std::int64_t kMostTurns = 4;
constexpr std::int64_t kMostColumns = 8;

/// Whether the kernel can hold what it needs: the results of the turns before beside the sums of this one, all lanes of
/// a window in one block, and channels side by side in the output, so that they are interleaved.
bool fits_kernel(const ContractionStep& step, const Machine& machine) {
  const ContractionBlock& block = step.block;
  const ContractionPool& pool = *step.pool;
  const std::int64_t cells = step.columns.constant() * pool.columns;
  const std::int64_t width = block_columns(block);
  const std::int64_t sums = block.inner_rows * block.vectors;
  const std::int64_t needed = sums * (pool.turns > 1 ? 2 : 1) + block.vectors + 1;
  const std::size_t outer = step.outer.size();
  return pool.turns <= kMostTurns && pool.columns <= kMostColumns && needed <= machine.vector_registers &&
         (machine.has_masks || cells % block.lanes == 0) && (width % pool.columns == 0 || cells <= width) &&
         block.inner_rows > 1 && step.output.strides[outer] == Dim(1) &&
         step.output.strides[outer + 1] == Dim(block.inner_rows);
}

/// How often the steps touch the buffer.
std::int64_t count_accesses(std::vector<Step>& steps, std::uint32_t buffer) {
  std::int64_t count = 0;
  for (Step& step : steps) {
    for_each_access(step,
                    [&](Access& access) { count += access.memory == Memory::arena && access.index == buffer ? 1 : 0; });
  }
  return count;
}

std::optional<ContractionStep> pooled(std::vector<Step>& steps, std::size_t number, const Machine& machine,
                                      bool strict) {
  const auto* contraction = std::get_if<ContractionStep>(&steps[number].kernel);
  const auto* window = std::get_if<WindowStep>(&steps[number + 1].kernel);
  if (contraction == nullptr || window == nullptr || contraction->output.memory != Memory::arena ||
      window->input.memory != Memory::arena || window->input.index != contraction->output.index ||
      !window->epilogue_operands.empty() || !has_positions_in_lanes(*contraction) ||
      (strict && !is_extreme(window->reducer)) || count_accesses(steps, window->input.index) != 2) {
    return std::nullopt;
  }
  std::optional<ContractionStep> step = Pair(*contraction, *window).joined();
  return step && fits_kernel(*step, machine) ? step : std::nullopt;
}

}  // namespace

void pool_results(std::vector<Step>& steps, const Machine& machine, bool strict) {
  for (std::size_t number = 0; number + 1 < steps.size(); ++number) {
    std::optional<ContractionStep> step = pooled(steps, number, machine, strict);
    if (!step) {
      continue;
    }
    Step& window = steps[number + 1];
    Step& contraction = steps[number];
    for (const graph::RecordId record : window.records) {
      if (std::find(contraction.records.begin(), contraction.records.end(), record) == contraction.records.end()) {
        contraction.records.push_back(record);
      }
    }
    contraction.name += " + " + window.name;
    contraction.kernel = std::move(*step);
    steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(number) + 1);
  }
}

}  // namespace kdlc::plan
