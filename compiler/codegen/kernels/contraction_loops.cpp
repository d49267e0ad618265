// Loop order of a contraction: outer axes; panels of columns and blocks of rows in the order that the block asks for;
// then the depth axes around a micro-kernel of rows × vectors accumulators that stay in registers. Each step of depth
// loads the vectors of a panel row, broadcasts one element of left for every row, and multiplies and adds all pairs.
#include "codegen/kernels/contraction_loops.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "codegen/expression.hpp"
#include "codegen/kernels/contraction_micro.hpp"
#include "codegen/loops.hpp"
#include "plan/arena.hpp"
#include "plan/contraction_blocks.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

using plan::ContractionStep;

/// Parts of the next panel that are asked for side by side. What is asked for waits for memory in one of the few places
/// that the first cache has for its own misses, unless the second cache, which runs ahead within each page that it sees
/// read in order, has it already. It runs a number of lines ahead: in two pages at once, twice as long; in four, where
/// a panel serves two blocks of rows at most, so that the next one is due soon, and each stream passes some pages.
constexpr std::int64_t kPanelStreams = 2;
constexpr std::int64_t kStreamsOfTwoBlocks = 4;
constexpr std::int64_t kLeastPages = 4;  // of each of the four

/// The loops around the micro-kernel.
class Contraction {
public:
  /// `also`: what else is done with the sums, whose output and operands stand behind those of the step.
  Contraction(Emitter& emitter, const ContractionStep& step, const ContractionStep* also, std::span<const View> views)
      : emitter_(emitter), step_(step), also_(also), views_(views.begin(), views.end()) {}

  void emit() {
    for_each_position(emitter_, step_.outer, [&](std::span<llvm::Value* const> indices) {
      std::vector<View> inside;
      for (const View& view : views_) {
        inside.push_back(emitter_.at(view, indices));
      }
      if (!step_.block.columns_outermost) {
        for_each_rows([&](const Rows& rows) {
          for_each_columns([&](const MicroColumns& columns) { emit_block(inside, rows, columns); });
        });
      } else if (!has_bands()) {
        for_each_columns([&](const MicroColumns& columns) {
          for_each_rows([&](const Rows& rows) { emit_block(inside, rows, columns); });
        });
      } else {
        for_each_band([&](const Rows& outside, const Band& band) {
          for_each_columns([&](const MicroColumns& columns) {
            for_each_rows_of(band, outside, [&](const Rows& rows) { emit_block(inside, rows, columns); });
          });
        });
      }
    });
  }

private:
  struct Rows {
    std::vector<llvm::Value*> begin;  // along every row axis
    std::int64_t outer = 1;           // of the block
    std::int64_t inner = 1;
  };

  /// Rows along the outer one of the blocked axes that pass all panels together; `count` is the whole axis.
  struct Band {
    llvm::Value* begin = nullptr;
    llvm::Value* end = nullptr;
    std::int64_t count = 0;
  };
  using RowsBody = std::function<void(const Rows&)>;

  [[nodiscard]] std::size_t blocked_axes() const { return std::min<std::size_t>(2, step_.rows.size()); }

  /// Bands are cut from an axis of known size; the same block may serve steps whose axis is not.
  [[nodiscard]] bool has_bands() const {
    return step_.block.columns_outermost && step_.block.band_rows > 0 && blocked_axes() > 0 &&
           step_.rows[step_.rows.size() - blocked_axes()].is_constant();
  }

  void for_each_leading_row(const RowsBody& body) {
    const std::span<const Dim> leading(step_.rows.data(), step_.rows.size() - blocked_axes());
    for_each_position(emitter_, leading, [&](std::span<llvm::Value* const> indices) {
      body({.begin = {indices.begin(), indices.end()}});
    });
  }

  void for_each_rows(const RowsBody& body) {
    for_each_leading_row([&](const Rows& rows) {
      if (blocked_axes() == 0) {
        body(rows);
      } else if (blocked_axes() == 1) {
        for_each_inner_block(rows, body);
      } else {
        for_each_block(
            emitter_, emitter_.count(step_.rows[rows.begin.size()]), step_.block.outer_rows,
            [&](llvm::Value* begin, std::int64_t size) { for_each_inner_block(at_outer(rows, begin, size), body); });
      }
    });
  }

  static Rows at_outer(Rows rows, llvm::Value* begin, std::int64_t size) {
    rows.begin.push_back(begin);
    rows.outer = size;
    return rows;
  }
  static Rows at_inner(Rows rows, llvm::Value* begin, std::int64_t size) {
    rows.begin.push_back(begin);
    rows.inner = size;
    return rows;
  }

  void for_each_inner_block(const Rows& outside, const RowsBody& body) {
    for_each_block(emitter_, emitter_.count(step_.rows.back()), step_.block.inner_rows,
                   [&](llvm::Value* begin, std::int64_t size) { body(at_inner(outside, begin, size)); });
  }

  void for_each_band(const std::function<void(const Rows& outside, const Band& band)>& body) {
    for_each_leading_row([&](const Rows& rows) {
      const std::int64_t count = step_.rows[rows.begin.size()].constant();
      for_each_range(emitter_, count, step_.block.band_rows, [&](llvm::Value* begin, llvm::Value* end) {
        body(rows, {.begin = begin, .end = end, .count = count});
      });
    });
  }

  /// The whole blocks of the band, and behind the last band the rest of the axis: so each size of block is one kernel.
  void for_each_rows_of(const Band& band, const Rows& outside, const RowsBody& body) {
    const bool is_inner = blocked_axes() == 1;
    const std::int64_t size = is_inner ? step_.block.inner_rows : step_.block.outer_rows;
    const auto block = [&](llvm::Value* begin, std::int64_t rows) {
      if (is_inner) {
        body(at_inner(outside, begin, rows));
      } else {
        for_each_inner_block(at_outer(outside, begin, rows), body);
      }
    };
    llvm::Value* whole = emitter_.integer(band.count / size * size);
    llvm::Value* end = emitter_.builder.CreateBinaryIntrinsic(llvm::Intrinsic::smin, band.end, whole);
    for_each(emitter_, {.begin = band.begin, .end = end, .step = size},
             [&](llvm::Value* begin) { block(begin, size); });
    if (const std::int64_t rest = band.count % size; rest > 0) {
      if_then(emitter_, emitter_.builder.CreateICmpEQ(band.end, emitter_.integer(band.count)),
              [&] { block(whole, rest); });
    }
  }

  void for_each_columns(const std::function<void(const MicroColumns&)>& body) {
    const std::int64_t lanes = step_.block.lanes;
    const std::int64_t width = plan::block_columns(step_.block);
    if (step_.columns.is_constant()) {
      const std::int64_t columns = step_.columns.constant() * cells_of_window();
      for_each_block(emitter_, emitter_.integer(columns), width, [&](llvm::Value* begin, std::int64_t size) {
        body({.begin = size == width ? in_direction(begin, columns) : begin, .pieces = split_columns(size)});
      });
      return;
    }
    KDLC_ASSERT(!step_.right_is_packed, "packed weights have a known number of columns");
    llvm::Value* count = emitter_.count(step_.columns);
    llvm::Value* whole = emitter_.builder.CreateMul(emitter_.builder.CreateUDiv(count, emitter_.integer(width)),
                                                    emitter_.integer(width));
    for_each(emitter_, {.begin = emitter_.integer(0), .end = whole, .step = width},
             [&](llvm::Value* begin) { body({.begin = begin, .pieces = split_columns(width)}); });
    llvm::Value* rest = emitter_.builder.CreateSub(count, whole);
    for_each_part(emitter_, rest, lanes, [&](const Part& part) {
      body({.begin = emitter_.builder.CreateAdd(whole, part.index),
            .pieces = {{.lanes = part.lanes, .valid = part.lanes, .mask = part.mask}}});
    });
  }

  /// Cells of a window of results side by side: a block has so many of its columns for each one that it stores.
  [[nodiscard]] std::int64_t cells_of_window() const { return step_.pool ? step_.pool->columns : 1; }

  /// `if_backwards` in a call or turn that goes backwards, in others `otherwise`; for steps that have both.
  llvm::Value* by_direction(llvm::Value* if_backwards, llvm::Value* otherwise) {
    const char* symbol = alternates(emitter_, step_) ? kBackwardsSymbol : plan::kDirectionSymbol;
    llvm::Value* backwards = emitter_.builder.CreateIsNotNull(emitter_.frame.sizes.at(symbol));
    return emitter_.builder.CreateSelect(backwards, if_backwards, otherwise);
  }

  /// Where the whole panel begins that is taken when the one at `begin` would be, were there no other direction.
  llvm::Value* in_direction(llvm::Value* begin, std::int64_t columns) {
    if (!turns_around(emitter_, step_) && !alternates(emitter_, step_)) {
      return begin;
    }
    const std::int64_t width = plan::block_columns(step_.block);
    return by_direction(emitter_.builder.CreateSub(emitter_.integer(columns / width * width - width), begin), begin);
  }

  /// Vectors over `count` neighbouring columns. The last may be partial: packed weights have zeros there, so that it is
  /// a whole vector until it is stored; in other tensors it is masked or made of narrower vectors.
  std::vector<MicroPiece> split_columns(std::int64_t count) {
    const std::int64_t lanes = step_.block.lanes;
    std::vector<MicroPiece> pieces;
    std::int64_t offset = 0;
    for (; offset + lanes <= count; offset += lanes) {
      pieces.push_back({.offset = offset, .lanes = lanes, .valid = lanes});
    }
    const std::int64_t rest = count - offset;
    if (rest == 0) {
      return pieces;
    }
    if (emitter_.machine.has_masks) {
      const std::int64_t held = takes_half_vector(rest) ? lanes / 2 : lanes;
      pieces.push_back({.offset = offset,
                        .lanes = held,
                        .valid = rest,
                        .mask = rest == held ? nullptr : lane_mask(emitter_, emitter_.integer(rest), held)});
    } else if (step_.right_is_packed) {
      pieces.push_back({.offset = offset, .lanes = lanes, .valid = rest});
    } else {
      for (std::int64_t part = lanes / 2; part > 0; part /= 2) {
        if ((rest & part) != 0) {
          pieces.push_back({.offset = offset, .lanes = part, .valid = part});
          offset += part;
        }
      }
    }
    return pieces;
  }

  /// Whether the last columns are computed in vectors of half the width: where the processor multiplies these twice as
  /// fast, and the epilogue has no functions that are made for whole ones.
  [[nodiscard]] bool takes_half_vector(std::int64_t columns) const {
    const std::int64_t lanes = step_.block.lanes;
    const bool has_functions =
        calls_functions(step_.epilogue) || (also_ != nullptr && calls_functions(also_->epilogue));
    return emitter_.machine.multiply_adds_a_cycle == 1 && lanes > 1 &&
           lanes == emitter_.lanes(operand_dtype(step_.epilogue, 0, step_.output.dtype)) && columns <= lanes / 2 &&
           !step_.pool && !has_functions;
  }

  void emit_block(const std::vector<View>& views, const Rows& rows, const MicroColumns& columns) {
    MicroBlock block{.outer_rows = rows.outer, .inner_rows = rows.inner, .columns = columns};
    block.left = with_row_strides(views[0], rows.begin, block.left_row_strides);
    block.right = views[1];
    if (step_.right_is_packed) {
      const Dim panel_row = product(step_.depth);  // elements of right for one column of a panel
      // A panel begins at a column that is a multiple of its width, and holds `panel_row` elements for each of its
      // columns.
      block.right.base = emitter_.element_pointer(block.right.base, step_.right.dtype, columns.begin, panel_row);
      Dim stride = plan::panel_columns(step_.block);
      block.right.strides.assign(step_.depth.size() + 1, 1);
      for (std::size_t axis = step_.depth.size(); axis-- > 0;) {
        block.right.strides[axis] = stride;
        stride = stride * step_.depth[axis];
      }
      add_fetch_beside(block.fetches, block.right.base, rows);
    } else {
      block.right.strides.back() = step_.pool ? Dim(1) : block.right.strides.back();
      block.right.base =
          emitter_.element_pointer(block.right.base, step_.right.dtype, columns.begin, block.right.strides.back());
    }
    const std::size_t also_begin = 3 + step_.epilogue_operands.size();
    set_results(block, std::span(views).first(also_begin).subspan(2), rows, columns);
    add_fetch_of_rows(block.fetches, views[0], rows, columns);
    if (has_lines_of_its_own()) {
      add_fetch_of_rows(block.fetches, views[2], rows, columns);
    }
    if (also_ == nullptr) {
      emit_micro_kernel(emitter_, step_, block);
      return;
    }
    MicroAlso also{.step = *also_, .block = {}};
    also.block.outer_rows = block.outer_rows;
    also.block.inner_rows = block.inner_rows;
    also.block.columns = columns;
    set_results(also.block, std::span(views).subspan(also_begin), rows, columns);
    block.also = &also;
    emit_micro_kernel(emitter_, step_, block);
  }

  /// Output and operands of the epilogue, whose views are given in this order.
  void set_results(MicroBlock& block, std::span<const View> views, const Rows& rows, const MicroColumns& columns) {
    llvm::Value* column = columns.begin;
    if (step_.pool) {
      column = emitter_.builder.CreateUDiv(column, emitter_.integer(cells_of_window()));
    }
    block.output = at_column(with_row_strides(views[0], rows.begin, block.output_row_strides), column);
    for (const View& view : views.subspan(1)) {
      std::array<Dim, 2> strides{};
      View operand = at_column(with_row_strides(view, rows.begin, strides), columns.begin);
      block.operands.push_back({.view = std::move(operand), .row_strides = strides});
      if (strides.back() != Dim(0)) {
        add_fetch_of_rows(block.fetches, view, rows, columns);
      }
    }
  }

  /// Whether rows of the output lie one behind the other, where no operand of the epilogue does.
  [[nodiscard]] bool has_lines_of_its_own() const {
    const std::vector<plan::Access>& operands = step_.epilogue_operands;
    return !step_.rows.empty() && *(step_.output.strides.end() - 2) == step_.columns &&
           std::find(operands.begin(), operands.end(), step_.output) == operands.end();
  }

  /// Asks for the rows of `view` that the next band has where this block is, a share of them beside each panel, so that
  /// they are there when their turn comes. Without bands a block is one. Rows that are only written are asked for as
  /// well: a store whose line comes from far waits in one of the places that the first cache has for its misses, and
  /// keeps it from the weights.
  void add_fetch_of_rows(std::vector<MicroFetch>& fetches, const View& view, const Rows& rows,
                         const MicroColumns& columns) {
    if (!step_.fetches_rows || blocked_axes() == 0) {
      return;
    }
    const Dim& pitch = view.strides[step_.rows.size() - 1];
    const Dim& band_pitch = view.strides[step_.rows.size() - blocked_axes()];
    const bool is_in_bands = has_bands() || (!step_.block.columns_outermost && step_.block.outer_rows == 1);
    if (!is_in_bands || !pitch.is_constant() || !band_pitch.is_constant()) {
      return;
    }
    const std::int64_t row_bytes = pitch.constant() * static_cast<std::int64_t>(size_bytes(view.dtype));
    const std::int64_t bytes = rows.outer * rows.inner * row_bytes;
    const Dim ahead = has_bands() ? band_pitch * step_.block.band_rows : pitch * rows.inner;
    llvm::Value* from = emitter_.moved(emitter_.at(view, rows.begin).base, view.dtype, ahead);
    from = emitter_.element_pointer(from, DType::u8, columns.begin, bytes / step_.columns.constant());
    const std::int64_t panels = plan::panel_count(step_.block, step_.columns.constant());
    fetches.push_back({.from = from, .bytes = bytes, .steps = product(step_.depth).constant() * panels});
  }

  static Dim product(std::span<const Dim> sizes) {
    Dim result = 1;
    for (const Dim& size : sizes) {
      result = result * size;
    }
    return result;
  }

  /// What is asked for while a block of rows uses the panel at `panel`: its share of the panel that comes next (of the
  /// whole operand behind this one, where all panels are used by each block of rows), so that it is there when the last
  /// rows are done. Weights lie in the order in which they are used, hence behind the last panel are the next step's.
  void add_fetch_beside(std::vector<MicroFetch>& fetches, llvm::Value* panel, const Rows& rows) {
    const Dim all_rows = product(step_.rows);
    const Dim depth = product(step_.depth);
    const std::int64_t block_rows = rows.outer * rows.inner;
    if (!step_.fetches_ahead || !all_rows.is_constant() || !depth.is_constant() || !step_.columns.is_constant() ||
        all_rows.constant() <= block_rows) {
      return;
    }
    const auto element = static_cast<std::int64_t>(size_bytes(step_.right.dtype));
    const std::int64_t width = plan::panel_columns(step_.block);
    const std::int64_t panel_bytes = depth.constant() * width * element;
    const std::int64_t panels =
        step_.block.columns_outermost && !has_bands() ? 1 : plan::panel_count(step_.block, step_.columns.constant());
    llvm::Value* from = emitter_.moved(panel, DType::u8, panels * panel_bytes);
    if (turns_around(emitter_, step_) && step_.block.columns_outermost && !has_bands()) {
      from = by_direction(emitter_.moved(panel, DType::u8, -panel_bytes), from);
    }
    // Rows before this block, as a share of all: axis by axis, the inner one within a block of outer rows.
    std::int64_t below = 1;
    for (std::size_t axis = step_.rows.size(); axis-- > 0;) {
      const bool is_inner = axis + 1 == step_.rows.size();
      const std::int64_t share = panel_bytes * below * (is_inner ? rows.outer : 1) / all_rows.constant();
      from = emitter_.element_pointer(from, DType::u8, rows.begin[axis], share);
      below *= step_.rows[axis].constant();
    }
    const bool is_due_soon = all_rows.constant() <= 2 * step_.block.outer_rows * step_.block.inner_rows;
    const bool has_pages = panel_bytes >= 2 * kStreamsOfTwoBlocks * kLeastPages * plan::kPageBytes;
    fetches.push_back({.from = from,
                       .bytes = width * element * block_rows,
                       .steps = all_rows.constant(),
                       .streams = is_due_soon && has_pages ? kStreamsOfTwoBlocks : kPanelStreams});
  }

  /// The view at the block's first row, and the strides from there to its other rows.
  View with_row_strides(const View& view, const std::vector<llvm::Value*>& begin, std::array<Dim, 2>& strides) {
    const std::size_t axes = begin.size();
    strides = {axes < 2 ? Dim(0) : view.strides[axes - 2], axes < 1 ? Dim(0) : view.strides[axes - 1]};
    return emitter_.at(view, begin);
  }

  View at_column(View view, llvm::Value* column) {
    view.base = emitter_.element_pointer(view.base, view.dtype, column, view.strides.back());
    return view;
  }

  Emitter& emitter_;
  const ContractionStep& step_;
  const ContractionStep* also_;
  std::vector<View> views_;  // left, right, output, operands of the epilogue; output and operands of `also_`
};

}  // namespace

bool turns_around(const Emitter& emitter, const ContractionStep& step) {
  return step.turns_around && emitter.frame.sizes.contains(plan::kDirectionSymbol);
}

bool alternates(const Emitter& emitter, const ContractionStep& step) {
  return step.alternates && emitter.frame.sizes.contains(kBackwardsSymbol);
}

void emit_contraction_loops(Emitter& emitter, const ContractionStep& step, const ContractionStep* also,
                            std::span<const View> views) {
  Contraction(emitter, step, also, views).emit();
}

}  // namespace kdlc::codegen
