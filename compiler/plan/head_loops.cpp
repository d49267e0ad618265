// Loops over heads and blocks of rows around scores, their row program and the contraction that reads them.
#include "plan/head_loops.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

#include "plan/arena.hpp"
#include "plan/contraction_blocks.hpp"
#include "plan/cut_step.hpp"
#include "plan/step_accesses.hpp"

namespace kdlc::plan {
namespace {

/// Fewer rows are not worth the calls.
constexpr std::int64_t kFewestRows = 8;

Dim product(const std::vector<Dim>& sizes) {
  Dim result = 1;
  for (const Dim& size : sizes) {
    result = result * size;
  }
  return result;
}

bool is_arena(const Access& access) {
  return access.memory == Memory::arena;
}

/// Whether the two begin at one place of one buffer.
bool begin_together(const Access& left, const Access& right) {
  return is_arena(left) && is_arena(right) && left.index == right.index && left.offset_bytes == right.offset_bytes &&
         left.dtype == right.dtype;
}

/// Three steps of which the first two leave nothing to any other step.
struct Attention {
  const Step* scores_step;
  const Step* parts_step;
  const Step* seen_step;
  const ContractionStep& scores;
  const RowsStep& parts;
  const ContractionStep& seen;

  Attention(const Step& first, const Step& second, const Step& third)
      : scores_step(&first),
        parts_step(&second),
        seen_step(&third),
        scores(std::get<ContractionStep>(first.kernel)),
        parts(std::get<RowsStep>(second.kernel)),
        seen(std::get<ContractionStep>(third.kernel)) {}
};

/// Makes the loops of one attention.
class LoopMaker {
public:
  LoopMaker(const Options& options, const SizeBounds& bounds, int first_turn)
      : options_(options), bounds_(bounds), first_turn_(first_turn) {}

  /// How many rows make a tile that leaves half of the first-level cache to keys and values, or a few where rows are
  /// long: a divisor of all rows, or all of them where none will do.
  [[nodiscard]] Dim rows_of_tile(const Attention& attention) const {
    const Dim& rows = attention.scores.rows[0];
    const std::int64_t row_bytes =
        most(attention.scores.columns) * static_cast<std::int64_t>(size_bytes(attention.scores.output.dtype));
    if (!rows.is_constant() || row_bytes == 0) {
      return rows;
    }
    const std::int64_t wanted = std::max(options_.machine.l1_bytes / 2 / row_bytes, 2 * kFewestRows);
    for (std::int64_t count = std::min(rows.constant(), wanted); count >= kFewestRows; --count) {
      if (rows.constant() % count == 0) {
        return count;
      }
    }
    return rows;
  }

  /// The loops, with the tile of scores at this place.
  Step loop_of(const Attention& attention, Access tile) {
    const std::size_t outer = attention.scores.outer.size();
    const Dim rows = rows_of_tile(attention);
    turns_.clear();
    for (std::size_t axis = 0; axis <= outer; ++axis) {
      turns_.push_back("head " + std::to_string(first_turn_ + static_cast<int>(axis)));
    }
    const bool has_blocks = rows != attention.scores.rows[0];
    const Dim first_row = has_blocks ? Dim::symbol(turns_[outer]) * rows : Dim(0);

    tile.strides = {attention.scores.columns, 1};
    ContractionStep scores = narrowed(attention.scores, rows, first_row);
    scores.output = tile;
    RowsStep parts = attention.parts;
    parts.positions = {rows};
    parts.inputs = {tile};
    parts.output = tile;
    ContractionStep seen = narrowed(attention.seen, rows, first_row);
    seen.left = tile;

    const auto records = attention.scores_step->records;
    const std::string& name = attention.scores_step->name;
    std::vector<Step> turn;
    turn.push_back({.kernel = std::move(scores), .records = records, .name = name});
    turn.push_back({.kernel = std::move(parts), .records = records, .name = name});
    turn.push_back(
        {.kernel = std::move(seen), .records = attention.seen_step->records, .name = attention.seen_step->name});
    if (has_blocks) {
      turn = in_loop(std::move(turn), turns_[outer], *exact_quotient(attention.scores.rows[0], rows), records, name);
    }
    for (std::size_t axis = outer; axis-- > 0;) {
      turn = in_loop(std::move(turn), turns_[axis], attention.scores.outer[axis], records, name);
    }
    return std::move(turn.front());
  }

private:
  [[nodiscard]] std::int64_t most(const Dim& dim) const {
    return std::max<std::int64_t>(dim.upper_bound(bounds_).value_or(0), 0);
  }

  /// The place of one head's rows in a tensor of a contraction: without the outer axes, `rows_axis` being that of the
  /// rows, where the tensor has them.
  void narrow(Access& access, std::size_t outer, bool has_rows, const Dim& first_row) const {
    for (std::size_t axis = 0; axis < outer; ++axis) {
      move_by(access, Dim::symbol(turns_[axis]) * access.strides[axis]);
    }
    if (has_rows) {
      move_by(access, first_row * access.strides[outer]);
    }
    access.strides.erase(access.strides.begin(), access.strides.begin() + static_cast<std::ptrdiff_t>(outer));
  }

  [[nodiscard]] ContractionStep narrowed(const ContractionStep& whole, const Dim& rows, const Dim& first_row) const {
    ContractionStep step = whole;
    const std::size_t outer = whole.outer.size();
    narrow(step.left, outer, true, first_row);
    narrow(step.right, outer, false, first_row);
    narrow(step.output, outer, true, first_row);
    for (Access& operand : step.epilogue_operands) {
      narrow(operand, outer, true, first_row);
    }
    step.outer.clear();
    step.rows = {rows};
    step.choice.reset();  // that was of the whole step
    step.block = choose_contraction_block(options_.machine, shape_of(step, bounds_, !options_.strict));
    return step;
  }

  static std::vector<Step> in_loop(std::vector<Step> steps, const std::string& turn, const Dim& turns,
                                   const std::vector<graph::RecordId>& records, const std::string& name) {
    std::vector<Step> loop;
    loop.push_back({.kernel = LoopStep{.turn = turn, .turns = turns, .steps = std::move(steps)},
                    .records = records,
                    .name = name});
    return loop;
  }

  const Options& options_;
  const SizeBounds& bounds_;
  int first_turn_;
  std::vector<std::string> turns_;  // over the outer axes, over blocks of rows
};

/// A new buffer for tiles of scores.
Access add_tiles(std::vector<Buffer>& buffers, const Dim& elements, DType dtype) {
  buffers.push_back({.elements = elements, .has_batch = false, .dtype = dtype});
  return {.memory = Memory::arena, .index = static_cast<std::uint32_t>(buffers.size() - 1), .dtype = dtype};
}

/// The work of one attention for threads: some heads or some rows for each.
class SharedHeads {
public:
  SharedHeads(const Attention& attention, const CutAxis& axis, std::vector<Buffer>& buffers, const Options& options,
              const SizeBounds& bounds, std::int64_t scratch_bytes)
      : attention_(attention),
        axis_(axis),
        buffers_(buffers),
        options_(options),
        bounds_(bounds),
        scratch_bytes_(scratch_bytes) {}

  /// The shares of threads whose parts of the axis end there.
  std::vector<Share> operator()(const CutEnds& ends) const {
    const DType dtype = attention_.scores.output.dtype;
    const auto element_bytes = static_cast<std::int64_t>(size_bytes(dtype));
    const LoopMaker maker(options_, bounds_, 0);
    // A part of the rows may have no divisor that will do, and takes all of its rows at once.
    const std::int64_t rows =
        axis_.role == CutAxis::Role::rows ? longest(ends) : maker.rows_of_tile(attention_).constant();
    const std::int64_t elements = rows * attention_.scores.columns.constant();
    const std::int64_t tile_bytes = round_up(elements * element_bytes, kArenaAlign);
    Access tile = add_tiles(buffers_, tile_bytes / element_bytes * static_cast<std::int64_t>(ends.size()), dtype);
    std::vector<Share> shares;
    const auto begin_of = [&](std::size_t thread) { return thread == 0 ? 0 : ends[thread - 1]; };
    for (std::size_t first = 0; first < ends.size();) {
      const std::int64_t size = ends[first] - begin_of(first);
      std::size_t next = first + 1;
      while (next < ends.size() && ends[next] - begin_of(next) == size) {
        ++next;
      }
      if (size > 0) {
        const Dim thread = next - first == 1 ? Dim(0) : Dim::symbol(kThreadSymbol);
        const Dim number = Dim(static_cast<std::int64_t>(first)) + thread;
        tile.offset_bytes = number * Dim(tile_bytes);
        shares.push_back({.first = static_cast<std::int64_t>(first),
                          .threads = static_cast<std::int64_t>(next - first),
                          .step = part_of(Dim(begin_of(first)) + thread * Dim(size), size, number, tile)});
      }
      first = next;
    }
    return shares;
  }

private:
  static std::int64_t longest(const CutEnds& ends) {
    std::int64_t most = ends.front();
    for (std::size_t thread = 1; thread < ends.size(); ++thread) {
      most = std::max(most, ends[thread] - ends[thread - 1]);
    }
    return most;
  }

  [[nodiscard]] Step part_of(const Dim& begin, std::int64_t size, const Dim& thread, const Access& tile) const {
    Step scores = *attention_.scores_step;
    Step parts = *attention_.parts_step;
    Step seen = *attention_.seen_step;
    take_part(scores, axis_, begin, size);
    take_part(seen, axis_, begin, size);
    use_scratch_of(parts, thread, scratch_bytes_);
    return LoopMaker(options_, bounds_, 0).loop_of(Attention(scores, parts, seen), tile);
  }

  Attention attention_;
  CutAxis axis_;
  std::vector<Buffer>& buffers_;
  const Options& options_;
  const SizeBounds& bounds_;
  std::int64_t scratch_bytes_;
};

class HeadLooper {
public:
  HeadLooper(std::vector<Step>& steps, std::vector<Buffer>& buffers, const Options& options, const SizeBounds& bounds)
      : steps_(steps), buffers_(buffers), options_(options), bounds_(bounds) {
    for (Step& step : steps_) {
      for_each_access(step, [&](const Access& access) { uses_[access.index] += is_arena(access) ? 1 : 0; });
    }
  }

  std::vector<Step> run() {
    std::vector<Step> result;
    int turns = 0;
    for (std::size_t index = 0; index < steps_.size(); ++index) {
      if (const std::optional<Attention> attention = find(index)) {
        LoopMaker maker(options_, bounds_, turns);
        turns += static_cast<int>(attention->scores.outer.size()) + 1;
        const Dim elements = maker.rows_of_tile(*attention) * attention->scores.columns;
        result.push_back(maker.loop_of(*attention, add_tiles(buffers_, elements, attention->scores.output.dtype)));
        index += 2;
      } else {
        result.push_back(std::move(steps_[index]));
      }
    }
    return result;
  }

  std::vector<Unit> units(const std::function<std::int64_t(std::uint32_t)>& scratch_bytes) {
    std::vector<Unit> result;
    for (std::size_t index = 0; index < steps_.size(); ++index) {
      const std::optional<Attention> attention = find(index);
      if (!attention || !attention->scores.rows[0].is_constant() || !attention->scores.columns.is_constant()) {
        continue;
      }
      const std::int64_t scratch = scratch_bytes(attention->parts.scratch.index);
      Unit unit{.begin = index, .end = index + 3, .axes = {}};
      const auto add = [&](CutAxis::Role role, std::size_t number, const Dim& size, std::int64_t grain) {
        if (size.is_constant() && size != Dim(1)) {
          const CutAxis axis{.role = role, .number = number};
          unit.axes.push_back({.size = size.constant(),
                               .grain = grain,
                               .cut = SharedHeads(*attention, axis, buffers_, options_, bounds_, scratch)});
        }
      };
      for (std::size_t number = 0; number < attention->scores.outer.size(); ++number) {
        add(CutAxis::Role::outer, number, attention->scores.outer[number], 1);
      }
      add(CutAxis::Role::rows, 0, attention->scores.rows[0], kFewestRows);
      result.push_back(std::move(unit));
      index += 2;
    }
    return result;
  }

private:
  [[nodiscard]] std::int64_t most(const Dim& dim) const {
    return std::max<std::int64_t>(dim.upper_bound(bounds_).value_or(0), 0);
  }

  [[nodiscard]] std::optional<Attention> find(std::size_t index) const {
    if (index + 2 >= steps_.size()) {
      return std::nullopt;
    }
    const auto* scores = std::get_if<ContractionStep>(&steps_[index].kernel);
    const auto* parts = std::get_if<RowsStep>(&steps_[index + 1].kernel);
    const auto* seen = std::get_if<ContractionStep>(&steps_[index + 2].kernel);
    if (scores == nullptr || parts == nullptr || seen == nullptr || !is_private(*scores, *parts, *seen) ||
        !is_one_matrix_per_head(*scores, *parts, *seen)) {
      return std::nullopt;
    }
    const std::int64_t bytes = most(product(scores->outer) * scores->rows[0] * scores->columns) *
                               static_cast<std::int64_t>(size_bytes(scores->output.dtype));
    if (bytes <= options_.machine.l1_bytes) {
      return std::nullopt;
    }
    return Attention(steps_[index], steps_[index + 1], steps_[index + 2]);
  }

  /// Whether scores and parts pass through buffers that no other step touches.
  [[nodiscard]] bool is_private(const ContractionStep& scores, const RowsStep& parts,
                                const ContractionStep& seen) const {
    if (parts.inputs.size() != 1 || !begin_together(scores.output, parts.inputs[0]) ||
        !begin_together(parts.output, seen.left) || scores.output.dtype != parts.output.dtype) {
      return false;
    }
    const std::uint32_t written = scores.output.index;
    const std::uint32_t read = seen.left.index;
    return written == read ? uses_.at(read) == 4 : uses_.at(written) == 2 && uses_.at(read) == 2;
  }

  /// Whether all three go over the same heads and rows, whose scores lie one behind the other.
  static bool is_one_matrix_per_head(const ContractionStep& scores, const RowsStep& parts,
                                     const ContractionStep& seen) {
    const std::size_t rows_axis = scores.outer.size();
    return !scores.outer.empty() && scores.rows.size() == 1 && !scores.right_is_packed && !seen.right_is_packed &&
           scores.outer == seen.outer && scores.rows == seen.rows && seen.depth == std::vector<Dim>{scores.columns} &&
           parts.length == scores.columns && product(parts.positions) == product(scores.outer) * scores.rows[0] &&
           parts.inputs[0].strides == parts.output.strides && parts.output.strides.back() == Dim(1) &&
           scores.output.strides == seen.left.strides && scores.output.strides.back() == Dim(1) &&
           scores.output.strides[rows_axis] == scores.columns;
  }

  std::vector<Step>& steps_;
  std::vector<Buffer>& buffers_;
  const Options& options_;
  const SizeBounds& bounds_;
  std::map<std::uint32_t, int> uses_;  // of buffers
};

}  // namespace

std::vector<Step> loop_over_heads(std::vector<Step> steps, std::vector<Buffer>& buffers, const Options& options,
                                  const SizeBounds& bounds) {
  return HeadLooper(steps, buffers, options, bounds).run();
}

std::vector<Unit> head_units(std::vector<Step>& steps, std::vector<Buffer>& buffers, const Options& options,
                             const SizeBounds& bounds,
                             const std::function<std::int64_t(std::uint32_t buffer)>& scratch_bytes) {
  return HeadLooper(steps, buffers, options, bounds).units(scratch_bytes);
}

}  // namespace kdlc::plan
