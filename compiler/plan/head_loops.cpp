// Loops over heads and blocks of rows around scores, their row program and the contraction that reads them.
#include "plan/head_loops.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

#include "plan/contraction_blocks.hpp"
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
  const Step* seen_step;
  const ContractionStep& scores;
  const RowsStep& parts;
  const ContractionStep& seen;
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
    for (std::size_t index = 0; index < steps_.size(); ++index) {
      if (const std::optional<Attention> attention = find(index)) {
        result.push_back(loop_of(*attention));
        index += 2;
      } else {
        result.push_back(std::move(steps_[index]));
      }
    }
    return result;
  }

private:
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
    return Attention{.scores_step = &steps_[index],
                     .seen_step = &steps_[index + 2],
                     .scores = *scores,
                     .parts = *parts,
                     .seen = *seen};
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

  [[nodiscard]] std::int64_t most(const Dim& dim) const {
    return std::max<std::int64_t>(dim.upper_bound(bounds_).value_or(0), 0);
  }

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

  /// Moves the access with the turns of a loop over part of its axis.
  static void move(Access& access, const Dim& elements) {
    access.offset_bytes = access.offset_bytes + elements * Dim(static_cast<std::int64_t>(size_bytes(access.dtype)));
  }

  /// The place of one head's rows in a tensor of a contraction: without the outer axes, `rows_axis` being that of the
  /// rows, where the tensor has them.
  void narrow(Access& access, std::size_t outer, bool has_rows, const Dim& first_row) const {
    for (std::size_t axis = 0; axis < outer; ++axis) {
      move(access, Dim::symbol(turns_[axis]) * access.strides[axis]);
    }
    if (has_rows) {
      move(access, first_row * access.strides[outer]);
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

  Step loop_of(const Attention& attention) {
    const std::size_t outer = attention.scores.outer.size();
    const Dim rows = rows_of_tile(attention);
    turns_.clear();
    for (std::size_t axis = 0; axis <= outer; ++axis) {
      turns_.push_back("head " + std::to_string(loop_count_++));
    }
    const bool has_blocks = rows != attention.scores.rows[0];
    const Dim first_row = has_blocks ? Dim::symbol(turns_[outer]) * rows : Dim(0);

    const Dim columns = attention.scores.columns;
    buffers_.push_back({.elements = rows * columns, .has_batch = false, .dtype = attention.scores.output.dtype});
    const Access tile{.memory = Memory::arena,
                      .index = static_cast<std::uint32_t>(buffers_.size() - 1),
                      .offset_bytes = 0,
                      .dtype = attention.scores.output.dtype,
                      .strides = {columns, 1}};
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

  static std::vector<Step> in_loop(std::vector<Step> steps, const std::string& turn, const Dim& turns,
                                   const std::vector<graph::RecordId>& records, const std::string& name) {
    std::vector<Step> loop;
    loop.push_back({.kernel = LoopStep{.turn = turn, .turns = turns, .steps = std::move(steps)},
                    .records = records,
                    .name = name});
    return loop;
  }

  std::vector<Step>& steps_;
  std::vector<Buffer>& buffers_;
  const Options& options_;
  const SizeBounds& bounds_;
  std::map<std::uint32_t, int> uses_;  // of buffers
  std::vector<std::string> turns_;     // of the loops under construction: over the outer axes, over blocks of rows
  int loop_count_ = 0;
};

}  // namespace

std::vector<Step> loop_over_heads(std::vector<Step> steps, std::vector<Buffer>& buffers, const Options& options,
                                  const SizeBounds& bounds) {
  return HeadLooper(steps, buffers, options, bounds).run();
}

}  // namespace kdlc::plan
