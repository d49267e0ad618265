// The micro-kernel: sums as values carried through the loops over depth.
#include "codegen/kernels/contraction_micro.hpp"

#include "codegen/expression.hpp"
#include "codegen/kernels/contraction_loops.hpp"
#include "codegen/kernels/opaque.hpp"
#include "codegen/loops.hpp"
#include "plan/contraction_blocks.hpp"
#include "plan/window_taps.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

/// Multiply-adds of one turn of the innermost loop: enough to hide the loop's own three instructions. One row waits for
/// its weights, and needs fewer.
constexpr std::int64_t kTurn = 64;
constexpr std::int64_t kTurnOfOneRow = 32;
/// Independent sums that keep two multiply-add units busy over a latency of four cycles.
constexpr std::int64_t kIndependentSums = 8;
/// Bytes of a line of the caches.
constexpr std::int64_t kLine = 64;

class MicroKernel {
public:
  MicroKernel(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block)
      : emitter_(emitter),
        builder_(emitter.builder),
        step_(step),
        block_(block),
        pieces_(block.columns.pieces),
        dtype_(operand_dtype(step.epilogue, 0, step.output.dtype)),
        rows_(block.outer_rows * block.inner_rows),
        depth_(step.depth) {
    left_strides_ = block.left.strides;
    right_strides_.assign(block.right.strides.begin(), block.right.strides.end() - 1);
    if (depth_.empty()) {
      depth_ = {1};
      left_strides_ = {0};
      right_strides_ = {0};
    }
    take_taps_together();
    choose_turn();
  }

  /// By row, then piece.
  Values sum() {
    Values sums;
    for (std::int64_t set = 0; set < sets_ * rows_; ++set) {
      for (const MicroPiece& piece : pieces_) {
        sums.push_back(emitter_.zero(dtype_, piece.lanes));
      }
    }
    const std::size_t count = sums.size();
    Cursor begin{.left = left_elements(), .right = block_.right.base, .fetches = {}};
    for (const MicroFetch& fetch : block_.fetches) {
      for (std::int64_t stream = 0; stream < fetch.streams; ++stream) {
        begin.fetches.push_back(emitter_.moved(fetch.from, DType::u8, stream_bytes(fetch) * stream));
      }
    }
    sums = sum_over(0, std::move(sums), begin);
    sums.resize(count);
    return join_sets(std::move(sums));
  }

private:
  /// The elements of one row that is a local value are operands in memory of their multiply-adds where these load at no
  /// cost: LLVM would take them out of a register, by one or two instructions each.
  [[nodiscard]] llvm::Value* left_elements() const {
    const bool loads_are_free = emitter_.machine.multiply_adds_a_cycle == 1 && emitter_.machine.has_masks;
    return rows_ == 1 && block_.left.is_local && loads_are_free ? unknown_address(emitter_, block_.left.base)
                                                                : block_.left.base;
  }

  /// Taps leave the loops over depth where the block has them together. One position shares nothing with others, nor do
  /// the few rows that a part of a step may have.
  void take_taps_together() {
    const std::optional<plan::WindowTaps> taps = plan::find_taps(step_);
    if (step_.block.taps == 1 || !taps || taps->count != step_.block.taps || block_.inner_rows == 1) {
      return;
    }
    depth_[taps->axis] = taps->channels;
    taps_ = {
        .count = taps->count, .distance = taps->distance, .right_stride = right_strides_[taps->axis] * taps->channels};
  }

  /// `sets_`: with few accumulators, neighbouring steps of depth go to different sets of them, added up at the end: a
  /// chain of dependent additions would wait for each. Strict arithmetic has one set, so that sums do not depend on the
  /// block.
  void choose_turn() {
    // A depth known only at run time counts as a long one; its turns are powers of two.
    const bool is_known = depth_.back().is_constant();
    const std::int64_t inner = is_known ? depth_.back().constant() : kTurn;
    const std::int64_t sums = rows_ * static_cast<std::int64_t>(pieces_.size());
    const bool is_real = is_float(dtype_);
    const std::int64_t panel = static_cast<std::int64_t>(pieces_.size()) * taps_.count;
    while (!emitter_.strict && is_real && sums * sets_ < kIndependentSums && sets_ * 2 <= inner &&
           (sums + panel) * sets_ * 2 < emitter_.machine.vector_registers) {
      sets_ *= 2;
    }
    turn_ = sets_;
    const std::int64_t longest = takes_panel_from_memory() ? kTurnOfOneRow : kTurn;
    const std::int64_t products = sums * taps_.count;
    while (turn_ * 2 <= inner && turn_ * 2 * products <= longest && fits_registers(turn_ * 2)) {
      turn_ *= 2;
    }
    if (is_known && inner * products <= 2 * kTurn && fits_registers(inner)) {
      turn_ = inner;
    }
  }

  /// The vectors of a panel that one row multiplies once are operands in memory, and need no registers.
  [[nodiscard]] bool takes_panel_from_memory() const {
    return rows_ == 1 && emitter_.machine.has_masks && emitter_.machine.has_fma;
  }

  /// LLVM loads the panel rows of a whole turn ahead (and forms its products ahead where they are separate); more of
  /// them than registers would push sums out to the stack. So would elements that two steps of a turn share, as
  /// neighbouring positions of a convolution do: LLVM keeps what it has loaded.
  [[nodiscard]] bool fits_registers(std::int64_t steps) const {
    const auto vectors = static_cast<std::int64_t>(pieces_.size());
    const std::int64_t products = emitter_.machine.has_fma ? 0 : 2 * steps;
    // Processors without broadcasts from memory get the elements of several steps by one load.
    const std::int64_t elements = emitter_.machine.has_masks ? 0 : rows_ * (steps - 1);
    const std::int64_t panel = takes_panel_from_memory() ? 0 : vectors * taps_.count * steps;
    const std::int64_t needed = rows_ * vectors * sets_ + panel + 2 + products + elements;
    const auto shares = [&](std::int64_t rows, const Dim& stride) {
      const Dim ahead = left_strides_.back() * steps - stride;
      return rows > 1 && (ahead.is_constant() ? ahead.constant() > 0 : !left_strides_.back().is_constant());
    };
    return needed <= emitter_.machine.vector_registers && !shares(block_.inner_rows, block_.left_row_strides[1]) &&
           !shares(block_.outer_rows, block_.left_row_strides[0]);
  }

  /// Where the loops over depth have come to; carried behind the sums.
  struct Cursor {
    llvm::Value* left;
    llvm::Value* right;
    Values fetches;  // by those of the block, each with its streams: the next one first
  };

  static Values with_cursor(Values sums, const Cursor& cursor) {
    sums.push_back(cursor.left);
    sums.push_back(cursor.right);
    sums.insert(sums.end(), cursor.fetches.begin(), cursor.fetches.end());
    return sums;
  }

  [[nodiscard]] Cursor cursor_behind(const Values& values, std::size_t count) const {
    const auto behind = values.begin() + static_cast<std::ptrdiff_t>(count);
    std::int64_t streams = 0;
    for (const MicroFetch& fetch : block_.fetches) {
      streams += fetch.streams;
    }
    return {.left = behind[0], .right = behind[1], .fetches = Values(behind + 2, behind + 2 + streams)};
  }

  /// The loops over the depth axes from `axis` on; the cursor stands at its first element. Sums and cursor come back.
  Values sum_over(std::size_t axis, Values sums, const Cursor& begin) {
    if (axis + 1 == depth_.size()) {
      return sum_innermost(std::move(sums), begin);
    }
    const std::size_t count = sums.size();
    return carry(
        emitter_, {.begin = emitter_.integer(0), .end = emitter_.count(depth_[axis])},
        with_cursor(std::move(sums), begin), [&](llvm::Value*, const Values& values) {
          const Cursor cursor = cursor_behind(values, count);
          Values next =
              sum_over(axis + 1, Values(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count)), cursor);
          const Cursor reached = cursor_behind(next, count);
          next.resize(count);
          return with_cursor(std::move(next),
                             {emitter_.moved(cursor.left, step_.left.dtype, left_strides_[axis]),
                              emitter_.moved(cursor.right, step_.right.dtype, right_strides_[axis]), reached.fetches});
        });
  }

  /// The bytes of one of the streams of a fetch that has a known depth.
  [[nodiscard]] std::int64_t stream_bytes(const MicroFetch& fetch) const {
    if (fetch.streams == 1) {
      return 0;
    }
    std::int64_t bytes = fetch.bytes;
    for (const Dim& count : step_.depth) {
      bytes *= count.constant();
    }
    return (bytes / (fetch.steps * fetch.streams) + kLine - 1) / kLine * kLine;
  }

  /// Asks for the bytes that are due in `steps` steps of depth; returns where the next ones begin. Each stream of a
  /// fetch has its turn.
  Values fetch(const Values& from, std::int64_t steps) {
    Values next;
    auto first = from.begin();
    for (const MicroFetch& what : block_.fetches) {
      const std::int64_t bytes = (what.bytes * steps + what.steps - 1) / what.steps;
      for (std::int64_t line = 0; line < bytes; line += kLine) {
        emitter_.fetch(emitter_.moved(*first, DType::u8, line), Emitter::Cache::second);
      }
      next.insert(next.end(), first + 1, first + what.streams);
      next.push_back(emitter_.moved(*first, DType::u8, bytes));
      first += what.streams;
    }
    return next;
  }

  /// Asks the first-level cache for the panel's rows that are due soon, `steps` steps behind those at `right`. The
  /// processor by itself is late where a panel comes from the second level, and stops at each page.
  void fetch_panel(llvm::Value* right, std::int64_t steps) {
    constexpr std::int64_t kAhead = 2048;
    const std::int64_t bytes =
        right_strides_.back().constant() * static_cast<std::int64_t>(size_bytes(step_.right.dtype)) * steps;
    for (std::int64_t line = 0; line < bytes; line += kLine) {
      emitter_.fetch(emitter_.moved(right, DType::u8, kAhead + line), Emitter::Cache::first);
    }
  }

  [[nodiscard]] bool fetches_panel() const {
    if (!step_.right_is_packed || taps_.count > 1) {
      return false;
    }
    std::int64_t bytes = plan::panel_columns(step_.block) * static_cast<std::int64_t>(size_bytes(step_.right.dtype));
    for (const Dim& count : depth_) {
      if (!count.is_constant()) {
        return false;
      }
      bytes *= count.constant();
    }
    return rows_ > 1 && bytes > emitter_.machine.l1_bytes / 2;
  }

  Values sum_innermost(Values sums, const Cursor& begin) {
    const std::size_t count = sums.size();
    const auto steps_of = [&](std::int64_t steps) {
      return [this, steps, count](llvm::Value*, const Values& carried) {
        Values next = carried;
        const Cursor cursor = cursor_behind(carried, count);
        if (fetches_panel()) {
          fetch_panel(cursor.right, steps);
        }
        for (std::int64_t k = 0; k < steps; ++k) {
          multiply_add_all(next, k, cursor.left, cursor.right);
        }
        next.resize(count);
        return with_cursor(std::move(next),
                           {emitter_.moved(cursor.left, step_.left.dtype, left_strides_.back() * steps),
                            emitter_.moved(cursor.right, step_.right.dtype, right_strides_.back() * steps),
                            fetch(cursor.fetches, steps * taps_.count)});
      };
    };
    if (walks_both_ways()) {
      return sum_both_ways(std::move(sums), begin);
    }
    llvm::Value* inner = emitter_.count(depth_.back());
    llvm::Value* whole = depth_.back().is_constant()
                             ? static_cast<llvm::Value*>(emitter_.integer(depth_.back().constant() / turn_ * turn_))
                             : builder_.CreateAnd(inner, emitter_.integer(-turn_));
    Values values = carry(emitter_, {.begin = emitter_.integer(0), .end = whole, .step = turn_},
                          with_cursor(std::move(sums), begin), steps_of(turn_));
    if (depth_.back().is_constant()) {
      for (std::int64_t k = 0; k < depth_.back().constant() % turn_; ++k) {
        multiply_add_all(values, k, values[count], values[count + 1]);
      }
    } else if (turn_ > 1) {
      values = carry(emitter_, {.begin = whole, .end = inner}, std::move(values), steps_of(1));
    }
    return values;
  }

  /// Whether some turns of the loop at hand take depth backwards.
  [[nodiscard]] bool walks_both_ways() const {
    return alternates(emitter_, step_) && block_.fetches.empty() && depth_.size() == 1 && depth_.back().is_constant() &&
           depth_.back().constant() > turn_ && left_strides_.back().is_constant();
  }

  /// The whole turns from the first to the last or, in a turn of the loop that goes backwards, from the last to the
  /// first, then what is left. Within a turn depth always goes forwards.
  Values sum_both_ways(Values sums, const Cursor& begin) {
    const std::size_t count = sums.size();
    const std::int64_t depth = depth_.back().constant();
    const std::int64_t turns = depth / turn_;
    llvm::Value* backwards = builder_.CreateIsNotNull(emitter_.frame.sizes.at(kBackwardsSymbol));
    struct Walk {
      DType dtype;
      llvm::Value* from;
      llvm::Value* stride;
    };
    const auto walk = [&](llvm::Value* first, DType dtype, const Dim& row) {
      const Dim stride = row * turn_;
      return Walk{dtype, builder_.CreateSelect(backwards, emitter_.moved(first, dtype, stride * (turns - 1)), first),
                  builder_.CreateSelect(backwards, emitter_.integer(-stride.constant()), emitter_.count(stride))};
    };
    const Walk left = walk(begin.left, step_.left.dtype, left_strides_.back());
    const Walk right = walk(begin.right, step_.right.dtype, right_strides_.back());
    sums = carry(emitter_, {.begin = emitter_.integer(0), .end = emitter_.integer(turns)},
                 with_cursor(std::move(sums), {left.from, right.from, {}}), [&](llvm::Value*, const Values& carried) {
                   Values next = carried;
                   const Cursor cursor = cursor_behind(carried, count);
                   for (std::int64_t k = 0; k < turn_; ++k) {
                     multiply_add_all(next, k, cursor.left, cursor.right);
                   }
                   next.resize(count);
                   return with_cursor(std::move(next),
                                      {emitter_.element_pointer(cursor.left, left.dtype, left.stride, 1),
                                       emitter_.element_pointer(cursor.right, right.dtype, right.stride, 1),
                                       {}});
                 });
    for (std::int64_t k = turns * turn_; k < depth; ++k) {
      multiply_add_all(sums, k, begin.left, begin.right);
    }
    return sums;
  }

  /// A row of the panel, so many elements behind the pointer.
  Values load_panel_row(llvm::Value* right, const Dim& offset) {
    Values vectors;
    const View row{.base = emitter_.moved(right, step_.right.dtype, offset),
                   .dtype = step_.right.dtype,
                   .strides = {block_.right.strides.back()}};
    for (const MicroPiece& piece : pieces_) {
      // Packed panels are whole: zeros stand behind the last column.
      llvm::Value* mask = step_.right_is_packed ? nullptr : piece.mask;
      llvm::Value* loaded = emitter_.load(
          row, 0,
          {.index = emitter_.integer(offset_in_panels(step_, piece.offset)), .lanes = piece.lanes, .mask = mask});
      vectors.push_back(emit_cast(emitter_, loaded, step_.right.dtype, dtype_, piece.lanes));
    }
    return vectors;
  }

  /// One step of depth, `k` elements behind the pointers: all rows times all vectors, of each tap. The element at a
  /// position serves the taps of the rows that see it.
  void multiply_add_all(Values& sums, std::int64_t k, llvm::Value* left, llvm::Value* right) {
    std::vector<Values> weights;  // by tap
    for (std::int64_t tap = 0; tap < taps_.count; ++tap) {
      weights.push_back(load_panel_row(right, right_strides_.back() * k + taps_.right_stride * tap));
    }
    llvm::Value* const apart = has_narrow_piece() ? unknown_address(emitter_, left) : nullptr;
    for (std::int64_t outer = 0; outer < block_.outer_rows; ++outer) {
      for (std::int64_t inner = 0; inner < block_.inner_rows + taps_.distance * (taps_.count - 1); ++inner) {
        const Dim offset =
            block_.left_row_strides[0] * outer + block_.left_row_strides[1] * inner + left_strides_.back() * k;
        Element element;
        for (std::int64_t tap = taps_.count; tap-- > 0;) {
          const std::int64_t row = inner - tap * taps_.distance;
          if (row < 0 || row >= block_.inner_rows) {
            continue;
          }
          if (element.wide == nullptr) {
            element.wide = load_element(left, offset);
            element.narrow = apart == nullptr ? nullptr : load_element(apart, offset);
          }
          const std::int64_t first = (k % sets_) * rows_ + outer * block_.inner_rows + row;
          multiply_add_row(sums, static_cast<std::size_t>(first) * pieces_.size(), element,
                           weights[static_cast<std::size_t>(tap)]);
        }
      }
    }
  }

  /// An element of left for whole vectors, and loaded once more for one of half the width. So each is an operand in
  /// memory of its multiply-add: a register that both share would be taken for the sum of one of them, which LLVM then
  /// has to move.
  struct Element {
    llvm::Value* wide = nullptr;
    llvm::Value* narrow = nullptr;
  };

  [[nodiscard]] bool has_narrow_piece() const {
    return emitter_.machine.has_masks && pieces_.back().lanes < pieces_.front().lanes;
  }

  llvm::Value* load_element(llvm::Value* left, const Dim& offset) {
    llvm::Value* element = emitter_.load_scalar(emitter_.moved(left, step_.left.dtype, offset), step_.left.dtype);
    return emit_cast(emitter_, element, step_.left.dtype, dtype_, 1);
  }

  void multiply_add_row(Values& sums, std::size_t first, const Element& element, const Values& vectors) {
    for (std::size_t piece = 0; piece < pieces_.size(); ++piece) {
      const bool is_narrow = element.narrow != nullptr && pieces_[piece].lanes < pieces_.front().lanes;
      llvm::Value* splat = emitter_.splat(is_narrow ? element.narrow : element.wide, pieces_[piece].lanes);
      sums[first + piece] = emit_multiply_add(emitter_, dtype_, splat, vectors[piece], sums[first + piece]);
    }
  }

  /// Adds the sets pairwise into the first.
  Values join_sets(Values sums) {
    const std::size_t size = static_cast<std::size_t>(rows_) * pieces_.size();
    for (auto step = static_cast<std::size_t>(sets_) / 2; step > 0; step /= 2) {
      for (std::size_t index = 0; index < step * size; ++index) {
        sums[index] = builder_.CreateFAdd(sums[index], sums[index + step * size]);
      }
    }
    sums.resize(size);
    return sums;
  }

  Emitter& emitter_;
  llvm::IRBuilder<>& builder_;
  const plan::ContractionStep& step_;
  const MicroBlock& block_;
  const std::vector<MicroPiece>& pieces_;
  DType dtype_;
  std::int64_t rows_;
  std::vector<Dim> depth_;
  plan::Strides left_strides_;
  plan::Strides right_strides_;
  /// Those of one step of depth; one, where each is a step of its own.
  struct Taps {
    std::int64_t count = 1;
    std::int64_t distance = 1;
    Dim right_stride = 0;
  };
  Taps taps_;
  std::int64_t sets_ = 1;
  std::int64_t turn_ = 1;  // steps of depth in one turn of the innermost loop
};

}  // namespace

std::int64_t offset_in_panels(const plan::ContractionStep& step, std::int64_t column) {
  if (step.block.panels == 1) {
    return column;
  }
  const std::int64_t width = plan::panel_columns(step.block);
  std::int64_t panel = width;
  for (const Dim& count : step.depth) {
    panel *= count.constant();
  }
  return column / width * panel + column % width;
}

void emit_micro_kernel(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block) {
  const DType dtype = operand_dtype(step.epilogue, 0, step.output.dtype);
  if (runs_along_depth(emitter, step, block, dtype)) {
    KDLC_ASSERT(block.also == nullptr, "sums along depth have one output");
    emit_along_depth(emitter, step, block, dtype);
    return;
  }
  if (step.pool) {
    KDLC_ASSERT(block.also == nullptr, "windows are reduced into one output");
    emit_pooled_epilogue(emitter, step, block,
                         [&](const MicroBlock& turn) { return MicroKernel(emitter, step, turn).sum(); });
    return;
  }
  const Values sums = MicroKernel(emitter, step, block).sum();
  emit_block_epilogue(emitter, step, block, sums);
  if (block.also != nullptr) {
    emit_block_epilogue(emitter, block.also->step, block.also->block, sums);
  }
}

}  // namespace kdlc::codegen
