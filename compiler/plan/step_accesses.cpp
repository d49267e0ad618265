// Walks over the accesses of steps, and overlaps of strided boxes.
#include "plan/step_accesses.hpp"

#include <algorithm>
#include <type_traits>

#include "plan/winograd.hpp"

namespace kdlc::plan {
namespace {

using Sizes = std::vector<Dim>;

Sizes joined(std::initializer_list<Sizes> parts) {
  Sizes all;
  for (const Sizes& part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

/// Adds footprints of one step.
class Walker {
public:
  Walker(Footprints& found, std::int64_t thread) : found_(found), sizes_{{kThreadSymbol, thread}, {kRoundSymbol, 0}} {}

  void operator()(const MapStep& step) {
    for (const Access& input : step.inputs) {
      read(input, step.axes);
    }
    write(step.output, step.axes);
  }
  void operator()(const ContractionStep& step) {
    read(step.left, joined({step.outer, step.rows, step.depth}));
    if (!step.right_is_packed) {
      const RightCells cells = right_cells(step);
      read(cells.access, cells.sizes);
    }
    finish(step, joined({step.outer, step.rows, {step.columns}}));
  }
  void operator()(const WinogradStep& step) {
    const WinogradCells cells = cells_of(step);
    read(cells.access, cells.sizes);
    finish(step, joined({step.positions, {Dim(step.columns)}}));
  }
  void operator()(const DepthwiseStep& step) {
    const Sizes depth(step.depth.begin(), step.depth.end());
    read(step.left, joined({step.positions, depth, {Dim(step.channels)}}));
    read(step.right, joined({depth, {Dim(step.channels)}}));
    finish(step, joined({step.positions, {Dim(step.channels)}}));
  }
  void operator()(const WindowStep& step) {
    Sizes windows;
    for (const WindowStep::Axis& axis : step.windows) {
      windows.emplace_back(axis.size);
    }
    read(step.input, joined({step.positions, windows, {step.channels}}));
    finish(step, joined({step.positions, {step.channels}}));
  }
  void operator()(const ReduceStep& step) {
    read(step.input, joined({step.kept, step.reduced}));
    finish(step, step.kept);
  }
  void operator()(const RowsStep& step) {
    const Sizes row = joined({step.positions, {step.length}});
    for (const Access& input : step.inputs) {
      read(input, row);
    }
    write(step.output, row);
  }
  void operator()(const GatherStep& step) {
    read(step.table, joined({step.axes, {step.size}}));
    read(step.ids, step.axes);
    write(step.output, step.axes);
  }
  void operator()(const LoopStep& step) {
    turns_.push_back(&step);
    sizes_[step.turn] = 0;
    for (const Step& inner : step.steps) {
      std::visit(*this, inner.kernel);
    }
    sizes_.erase(step.turn);
    turns_.pop_back();
  }

private:
  template <class Kernel>
  void finish(const Kernel& step, const Sizes& sizes) {
    for (const Access& operand : step.epilogue_operands) {
      read(operand, sizes);
    }
    write(step.output, sizes);
  }

  void read(const Access& access, const Sizes& sizes) {
    if (access.memory != Memory::input && access.memory != Memory::weights) {
      found_.reads.push_back(footprint(access, sizes));
    }
  }
  void write(const Access& access, const Sizes& sizes) { found_.writes.push_back(footprint(access, sizes)); }

  [[nodiscard]] Footprint footprint(const Access& access, const Sizes& sizes) const {
    // What a call leaves may lie where the last one left it.
    const Memory memory = access.memory == Memory::next_state ? Memory::state : access.memory;
    return {.memory = memory, .index = access.index, .box = box(access, sizes)};
  }

  /// Bytes that an offset moves with a turn; nullopt where it is not known, or not the same for all turns.
  [[nodiscard]] std::optional<std::int64_t> stride_of(const Dim& offset, const LoopStep& loop) const {
    std::map<std::string, std::int64_t> sizes = sizes_;
    const auto at = [&](std::int64_t turn) {
      sizes[loop.turn] = turn;
      return offset.evaluate(sizes);
    };
    const std::optional<std::int64_t> first = at(0);
    const std::optional<std::int64_t> second = at(1);
    const std::optional<std::int64_t> last = loop.turns.is_constant() ? at(loop.turns.constant() - 1) : std::nullopt;
    const bool is_even = first && second && last && *last - *first == (loop.turns.constant() - 1) * (*second - *first);
    return is_even ? std::optional(*second - *first) : std::nullopt;
  }

  static void add_run(Footprint::Box& box, std::int64_t count, std::int64_t stride_bytes) {
    if (count > 1 && stride_bytes != 0) {
      box.begin += std::min<std::int64_t>(0, (count - 1) * stride_bytes);
      box.runs.push_back({.count = count, .stride_bytes = std::abs(stride_bytes)});
    }
  }

  [[nodiscard]] std::optional<Footprint::Box> box(const Access& access, const Sizes& sizes) const {
    const std::optional<std::int64_t> offset = access.offset_bytes.evaluate(sizes_);
    if (!offset) {
      return std::nullopt;
    }
    const auto element_bytes = static_cast<std::int64_t>(size_bytes(access.dtype));
    Footprint::Box box{.begin = *offset, .element_bytes = element_bytes, .runs = {}};
    for (const LoopStep* loop : turns_) {
      const std::optional<std::int64_t> stride = stride_of(access.offset_bytes, *loop);
      if (!stride) {
        return std::nullopt;
      }
      add_run(box, loop->turns.constant(), *stride);
    }
    for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
      if (!sizes[axis].is_constant() || !access.strides[axis].is_constant()) {
        return std::nullopt;
      }
      add_run(box, sizes[axis].constant(), access.strides[axis].constant() * element_bytes);
    }
    return box;
  }

  Footprints& found_;
  std::map<std::string, std::int64_t> sizes_;
  std::vector<const LoopStep*> turns_;  // around the step at hand; their turns are 0 in `sizes_`
};

/// The bytes of the box within each period of so many bytes; nullopt when they run over its end.
std::optional<ByteRange> fold(const Footprint::Box& box, std::int64_t period) {
  const std::int64_t begin = ((box.begin % period) + period) % period;
  ByteRange inside{.begin = begin, .end = begin + box.element_bytes};
  for (const Footprint::Run& run : box.runs) {
    inside.end += run.stride_bytes % period == 0 ? 0 : (run.count - 1) * run.stride_bytes;
  }
  return inside.end <= period ? std::optional(inside) : std::nullopt;
}

/// Columns of a matrix do not meet other columns, although their hulls do: seen within one row they are apart.
bool are_apart_in_periods(const Footprint::Box& left, const Footprint::Box& right) {
  for (const Footprint::Box* box : {&left, &right}) {
    for (const Footprint::Run& run : box->runs) {
      const std::optional<ByteRange> first = fold(left, run.stride_bytes);
      const std::optional<ByteRange> second = fold(right, run.stride_bytes);
      if (first && second && are_disjoint(*first, *second)) {
        return true;
      }
    }
  }
  return false;
}

bool any_overlap(const std::vector<Footprint>& left, const std::vector<Footprint>& right) {
  return std::any_of(left.begin(), left.end(), [&](const Footprint& one) {
    return std::any_of(right.begin(), right.end(), [&](const Footprint& other) { return may_overlap(one, other); });
  });
}

}  // namespace

void for_each_access(Step& step, const std::function<void(Access&)>& visit) {
  if (auto* loop = std::get_if<LoopStep>(&step.kernel)) {
    std::for_each(loop->steps.begin(), loop->steps.end(), [&](Step& inner) { for_each_access(inner, visit); });
    return;
  }
  std::visit(
      [&](auto& kernel) {
        using Kernel = std::decay_t<decltype(kernel)>;
        if constexpr (!std::is_same_v<Kernel, LoopStep>) {
          visit(kernel.output);
        }
        if constexpr (std::is_same_v<Kernel, MapStep>) {
          std::for_each(kernel.inputs.begin(), kernel.inputs.end(), visit);
        } else if constexpr (std::is_same_v<Kernel, RowsStep>) {
          std::for_each(kernel.inputs.begin(), kernel.inputs.end(), visit);
          visit(kernel.scratch);
        } else if constexpr (std::is_same_v<Kernel, GatherStep>) {
          visit(kernel.table);
          visit(kernel.ids);
        } else if constexpr (!std::is_same_v<Kernel, LoopStep>) {
          std::for_each(kernel.epilogue_operands.begin(), kernel.epilogue_operands.end(), visit);
          if constexpr (std::is_same_v<Kernel, ContractionStep> || std::is_same_v<Kernel, WinogradStep> ||
                        std::is_same_v<Kernel, DepthwiseStep>) {
            visit(kernel.left);
            visit(kernel.right);
            if constexpr (std::is_same_v<Kernel, WinogradStep>) {
              visit(kernel.scratch);
            } else if constexpr (std::is_same_v<Kernel, ContractionStep>) {
              if (kernel.strassen) {
                visit(kernel.strassen->right);
                visit(kernel.strassen->scratch);
              }
            }
          } else {
            visit(kernel.input);
          }
        }
      },
      step.kernel);
}

RightCells right_cells(const ContractionStep& step) {
  RightCells cells{.access = step.right, .sizes = joined({step.outer, step.depth, {step.columns}})};
  if (step.pool) {
    cells.access.strides.push_back(step.pool->turn_stride);
    cells.access.strides.emplace_back(1);
    cells.sizes.emplace_back(step.pool->turns);
    cells.sizes.emplace_back(step.pool->columns);
  }
  return cells;
}

namespace {

/// `Place`: an access, constant or not as the step is.
template <class Place, class AnyStep>
Place* find_scratch(AnyStep& step) {
  if (auto* rows = std::get_if<RowsStep>(&step.kernel)) {
    return &rows->scratch;
  }
  if (auto* contraction = std::get_if<ContractionStep>(&step.kernel)) {
    return contraction->strassen ? &contraction->strassen->scratch : nullptr;
  }
  auto* winograd = std::get_if<WinogradStep>(&step.kernel);
  return winograd != nullptr ? &winograd->scratch : nullptr;
}

}  // namespace

bool is_same_buffer(const Access& left, const Access& right) {
  return left.memory == right.memory && left.index == right.index;
}

void move_by(Access& access, const Dim& elements) {
  access.offset_bytes = access.offset_bytes + elements * Dim(static_cast<std::int64_t>(size_bytes(access.dtype)));
}

Access* scratch_of(Step& step) {
  return find_scratch<Access>(step);
}

const Access* scratch_of(const Step& step) {
  return find_scratch<const Access>(step);
}

Footprints footprints_of(const Step& step, std::int64_t thread) {
  Footprints found;
  std::visit(Walker(found, thread), step.kernel);
  return found;
}

bool are_disjoint(const ByteRange& left, const ByteRange& right) {
  return left.end <= right.begin || right.end <= left.begin;
}

ByteRange hull_of(const Footprint::Box& box) {
  ByteRange all{.begin = box.begin, .end = box.begin + box.element_bytes};
  for (const Footprint::Run& run : box.runs) {
    all.end += (run.count - 1) * run.stride_bytes;
  }
  return all;
}

bool may_overlap(const Footprint& left, const Footprint& right) {
  if (left.memory != right.memory || left.index != right.index) {
    return false;
  }
  if (!left.box || !right.box) {
    return true;
  }
  return !are_disjoint(hull_of(*left.box), hull_of(*right.box)) && !are_apart_in_periods(*left.box, *right.box);
}

double bytes_of(const Footprint& footprint) {
  double bytes = footprint.box ? static_cast<double>(footprint.box->element_bytes) : 0;
  for (std::size_t run = 0; footprint.box && run < footprint.box->runs.size(); ++run) {
    bytes *= static_cast<double>(footprint.box->runs[run].count);
  }
  return bytes;
}

double common_bytes(const Footprint& read, const Footprint& written) {
  if (!read.box || !written.box) {
    return 0;
  }
  const ByteRange from = hull_of(*read.box);
  const ByteRange to = hull_of(*written.box);
  const auto common = static_cast<double>(std::min(from.end, to.end) - std::max(from.begin, to.begin));
  return common <= 0 ? 0 : bytes_of(written) * common / static_cast<double>(to.end - to.begin);
}

bool may_conflict(const Footprints& left, const Footprints& right) {
  return any_overlap(left.writes, right.writes) || any_overlap(left.writes, right.reads) ||
         any_overlap(left.reads, right.writes);
}

}  // namespace kdlc::plan
