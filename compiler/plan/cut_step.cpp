// The axes of every kind of step, and how a part of one is taken.
#include "plan/cut_step.hpp"

#include <algorithm>
#include <type_traits>

#include "plan/step_accesses.hpp"
#include "plan/winograd.hpp"
#include "support/assert.hpp"

namespace kdlc::plan {
namespace {

using Role = CutAxis::Role;

constexpr std::int64_t kCacheLine = 64;

/// Elements of a cache line: threads that write next to each other should not share one.
std::int64_t line_elements(DType dtype) {
  return std::max<std::int64_t>(1, kCacheLine / static_cast<std::int64_t>(size_bytes(dtype)));
}

void add_axis(std::vector<CutAxis>& axes, const CutAxis& axis) {
  if (axis.size > 1) {
    axes.push_back(axis);
  }
}

/// Positions with a size known when compiling. Along the one where the output is contiguous parts are whole lines.
void add_positions(std::vector<CutAxis>& axes, const std::vector<Dim>& sizes, const Access& output) {
  for (std::size_t number = 0; number < sizes.size(); ++number) {
    if (sizes[number].is_constant()) {
      const std::int64_t grain = output.strides[number] == Dim(1) ? line_elements(output.dtype) : 1;
      add_axis(axes, {.role = Role::outer, .number = number, .size = sizes[number].constant(), .grain = grain});
    }
  }
}

/// Whether the weights of a Winograd step lie in several parts of columns.
bool has_parts(const WinogradStep& step) {
  return step.columns > step.columns_at_once;
}

struct AxesOf {
  const Machine& machine;
  std::vector<CutAxis> axes;

  void operator()(const MapStep& step) { add_positions(axes, step.axes, step.output); }
  void operator()(const GatherStep& step) { add_positions(axes, step.axes, step.output); }
  void operator()(const RowsStep& step) { add_positions(axes, step.positions, step.output); }
  void operator()(const LoopStep&) {}
  void operator()(const ReduceStep& step) {
    add_positions(axes, step.kept, step.output);
    // The kernel adds across the axis along which its input is contiguous; a part of one element would be added along.
    for (CutAxis& axis : axes) {
      if (step.input.strides[axis.number] == Dim(1)) {
        axis.grain = std::max<std::int64_t>(axis.grain, 2);
        axis.needs_grain = true;
        while (axis.size % axis.grain == 1) {
          ++axis.grain;
        }
      }
    }
  }
  void operator()(const WindowStep& step) {
    add_positions(axes, step.positions, step.output);
    add_channels(step.channels, step.output.dtype);
  }
  void operator()(const DepthwiseStep& step) {
    add_positions(axes, step.positions, step.output);
    add_channels(Dim(step.channels), step.output.dtype);
  }
  void operator()(const WinogradStep& step) {
    const std::size_t rows = step.positions.size() - 2;
    for (std::size_t number = 0; number <= rows; ++number) {
      if (step.positions[number].is_constant()) {
        add_axis(axes, {.role = Role::outer,
                        .number = number,
                        .size = step.positions[number].constant(),
                        .grain = number == rows ? step.tile : 1,
                        .needs_grain = number == rows});
      }
    }
    add_axis(axes, {.role = Role::columns,
                    .size = step.columns,
                    .grain = has_parts(step) ? step.columns_at_once : step.block.vectors * step.block.lanes,
                    .needs_grain = true});
  }
  void operator()(const ContractionStep& step) {
    for (std::size_t number = 0; number < step.outer.size(); ++number) {
      if (step.outer[number].is_constant()) {
        add_axis(axes, {.role = Role::outer, .number = number, .size = step.outer[number].constant()});
      }
    }
    for (std::size_t number = 0; number < step.rows.size(); ++number) {
      const std::int64_t grain = number + 1 == step.rows.size()   ? step.block.inner_rows
                                 : number + 2 == step.rows.size() ? step.block.outer_rows
                                                                  : 1;
      if (step.rows[number].is_constant()) {
        add_axis(axes, {.role = Role::rows, .number = number, .size = step.rows[number].constant(), .grain = grain});
      }
    }
    if (step.columns.is_constant()) {
      add_axis(axes, {.role = Role::columns,
                      .size = step.columns.constant(),
                      .grain = step.block.vectors * step.block.lanes,
                      .needs_grain = step.right_is_packed});
    }
  }

  void add_channels(const Dim& channels, DType dtype) {
    if (channels.is_constant()) {
      const std::int64_t vector = machine.lanes(dtype);
      add_axis(axes,
               {.role = Role::columns, .size = channels.constant(), .grain = std::max(line_elements(dtype), vector)});
    }
  }
};

/// From `begin` on, `size` elements of an axis. Offsets move, strides stay.
struct TakePart {
  const CutAxis& axis;
  Dim begin;
  std::int64_t size;

  void move(Access& access, std::size_t stride) const { move_by(access, begin * access.strides[stride]); }
  template <class Kernel>
  void move_results(Kernel& step, std::size_t stride) const {
    for (Access& operand : step.epilogue_operands) {
      move(operand, stride);
    }
    move(step.output, stride);
  }

  void operator()(MapStep& step) const {
    step.axes[axis.number] = size;
    for (Access& input : step.inputs) {
      move(input, axis.number);
    }
    move(step.output, axis.number);
  }
  void operator()(GatherStep& step) const {
    step.axes[axis.number] = size;
    move(step.table, axis.number);
    move(step.ids, axis.number);
    move(step.output, axis.number);
  }
  void operator()(RowsStep& step) const {
    step.positions[axis.number] = size;
    for (Access& input : step.inputs) {
      move(input, axis.number);
    }
    move(step.output, axis.number);
  }
  void operator()(ReduceStep& step) const {
    step.kept[axis.number] = size;
    move(step.input, axis.number);
    move_results(step, axis.number);
  }
  void operator()(WindowStep& step) const {
    if (axis.role == Role::columns) {
      step.channels = size;
      move(step.input, step.positions.size() + step.windows.size());
      move_results(step, step.positions.size());
      return;
    }
    step.positions[axis.number] = size;
    move(step.input, axis.number);
    move_results(step, axis.number);
    for (WindowStep::Axis& window : step.windows) {
      if (window.position == axis.number) {
        window.pad_low -= begin.constant() * window.stride;
      }
    }
  }
  void operator()(DepthwiseStep& step) const {
    if (axis.role == Role::columns) {
      step.channels = size;
      move(step.left, step.positions.size() + step.depth.size());
      move(step.right, step.depth.size());
      move_results(step, step.positions.size());
      return;
    }
    step.positions[axis.number] = size;
    move(step.left, axis.number);
    move_results(step, axis.number);
  }
  void operator()(WinogradStep& step) const {
    if (axis.role == Role::columns) {
      move_by(step.right, begin * Dim(has_parts(step) ? weights_of_column(step) : step.depth));
      step.columns = size;
      step.columns_at_once = std::min(step.columns_at_once, size);
      move_results(step, step.positions.size());
      return;
    }
    step.positions[axis.number] = size;
    move(step.left, axis.number);
    move_results(step, axis.number);
  }
  void operator()(ContractionStep& step) const {
    const std::size_t outer = step.outer.size();
    if (axis.role == Role::outer) {
      step.outer[axis.number] = size;
      move(step.left, axis.number);
      move(step.right, axis.number);
      move_results(step, axis.number);
    } else if (axis.role == Role::rows) {
      step.rows[axis.number] = size;
      move(step.left, outer + axis.number);
      move_results(step, outer + axis.number);
      if (step.strassen && axis.number == 0 && size % 2 == 0) {
        step.strassen->rows = size;
        step.strassen->rows_at_once = std::min(step.strassen->rows_at_once, size / 2);
      } else {
        step.strassen.reset();
      }
    } else {
      step.columns = size;
      move_results(step, outer + step.rows.size());
      if (!step.right_is_packed) {
        move(step.right, outer + step.depth.size());
        return;
      }
      Dim panel_row = 1;  // elements for one column of a panel
      for (const Dim& count : step.depth) {
        panel_row = panel_row * count;
      }
      move_by(step.right, begin * panel_row);
    }
  }
  void operator()(LoopStep&) const { KDLC_UNREACHABLE("a loop has no axis to cut"); }
};

/// The parts of a window step begin at numbers: what lies outside the input differs from part to part.
bool needs_known_begin(const Step& step) {
  return std::holds_alternative<WindowStep>(step.kernel);
}

}  // namespace

void use_scratch_of(Step& step, const Dim& thread, std::int64_t scratch_bytes) {
  if (Access* scratch = scratch_of(step)) {
    scratch->offset_bytes = scratch->offset_bytes + thread * Dim(scratch_bytes);
  }
}

std::vector<CutAxis> cut_axes(const Step& step, const Machine& machine) {
  AxesOf visitor{.machine = machine, .axes = {}};
  std::visit(visitor, step.kernel);
  return visitor.axes;
}

void take_part(Step& step, const CutAxis& axis, const Dim& begin, std::int64_t size) {
  std::visit(TakePart{.axis = axis, .begin = begin, .size = size}, step.kernel);
}

CutEnds even_ends(std::int64_t size, std::int64_t grain, std::int64_t threads) {
  const std::int64_t grains = (size + grain - 1) / grain;
  CutEnds ends;
  std::int64_t end = 0;
  for (std::int64_t thread = 0; thread < threads; ++thread) {
    end += grains / threads + (thread < grains % threads ? 1 : 0);
    ends.push_back(std::min(size, end * grain));
  }
  return ends;
}

CutEnds scaled(const CutEnds& ends, std::int64_t size) {
  CutEnds result;
  for (const std::int64_t end : ends) {
    result.push_back(end * size / ends.back());
  }
  return result;
}

std::vector<Share> cut_step(const Step& step, const CutAxis& axis, const CutEnds& ends, std::int64_t scratch_bytes) {
  const auto count = static_cast<std::int64_t>(ends.size());
  const auto begin_of = [&](std::int64_t thread) {
    return thread == 0 ? 0 : ends[static_cast<std::size_t>(thread - 1)];
  };
  const auto size_of = [&](std::int64_t thread) { return ends[static_cast<std::size_t>(thread)] - begin_of(thread); };
  std::vector<Share> shares;
  for (std::int64_t first = 0; first < count;) {
    std::int64_t next = first + 1;
    while (next < count && !needs_known_begin(step) && size_of(next) == size_of(first)) {
      ++next;
    }
    if (size_of(first) > 0) {
      const Dim thread = next - first == 1 ? Dim(0) : Dim::symbol(kThreadSymbol);
      Share share{.first = first, .threads = next - first, .step = step};
      const std::int64_t size = size_of(first);
      take_part(share.step, axis, Dim(begin_of(first)) + thread * Dim(size), size);
      use_scratch_of(share.step, Dim(first) + thread, scratch_bytes);
      shares.push_back(std::move(share));
    }
    first = next;
  }
  return shares;
}

Share whole_step(const Step& step, std::int64_t thread, std::int64_t scratch_bytes) {
  Share share{.first = thread, .threads = 1, .step = step};
  use_scratch_of(share.step, Dim(thread), scratch_bytes);
  return share;
}

}  // namespace kdlc::plan
