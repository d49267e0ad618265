// Contractions of few columns: vectors run along the innermost depth axis of both operands, and their lanes are added
// up at the end.
//
// For each row and column: sum over the outer depth axes of left[k … k + lanes) × right[k … k + lanes), then the lanes
// by halves. The totals of neighbouring rows, or of the columns of one row, become the lanes of one vector, which goes
// through the epilogue.
#include <algorithm>

#include "codegen/expression.hpp"
#include "codegen/kernels/contraction_micro.hpp"
#include "codegen/loops.hpp"

namespace kdlc::codegen {
namespace {

class AlongDepth {
public:
  AlongDepth(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block, DType dtype)
      : emitter_(emitter),
        step_(step),
        block_(block),
        dtype_(dtype),
        lanes_(emitter.lanes(dtype)),
        rows_(block.outer_rows * block.inner_rows),
        columns_(static_cast<std::int64_t>(block.columns.pieces.size())),
        inner_(step.depth.back().constant()) {
    // As for other contractions, few sums become several sets of them; strict arithmetic has one.
    while (!emitter.strict && rows_ * columns_ * sets_ < 8 && sets_ * 2 * lanes_ <= inner_) {
      sets_ *= 2;
    }
  }

  void emit() {
    // Sums of whole vectors first, then the scalar ones of what is left where there are no masks.
    Values sums(static_cast<std::size_t>(sets_ * rows_ * columns_), emitter_.zero(dtype_, lanes_));
    const bool has_scalars = inner_ % lanes_ != 0 && !emitter_.machine.has_masks;
    if (has_scalars) {
      sums.insert(sums.end(), static_cast<std::size_t>(rows_ * columns_), emitter_.zero(dtype_));
    }
    sums = sum_over(0, std::move(sums), block_.left.base, block_.right.base);
    const auto size = static_cast<std::size_t>(rows_ * columns_);
    for (auto step = static_cast<std::size_t>(sets_) / 2; step > 0; step /= 2) {
      for (std::size_t index = 0; index < step * size; ++index) {
        sums[index] = emitter_.builder.CreateFAdd(sums[index], sums[index + step * size]);
      }
    }
    if (rows_ == 1) {
      for (std::int64_t column = 0; column < columns_; column += lanes_) {
        const MicroPiece piece = piece_of(column, std::min(lanes_, columns_ - column));
        MicroBlock row = block_;
        row.columns.pieces = {piece};
        emit_block_epilogue(emitter_, step_, row, {totals_of(sums, column, 1, piece)});
      }
      return;
    }
    for (std::int64_t column = 0; column < columns_; ++column) {
      for (std::int64_t row = 0; row < rows_;) {
        const MicroPiece piece = piece_of(0, std::min(lanes_, block_.inner_rows - row % block_.inner_rows));
        emit_block_epilogue(emitter_, step_, along_rows(row, static_cast<std::size_t>(column), piece),
                            {totals_of(sums, row * columns_ + column, columns_, piece)});
        row += piece.valid;
      }
    }
  }

private:
  /// A vector that holds `count` totals.
  [[nodiscard]] MicroPiece piece_of(std::int64_t offset, std::int64_t count) {
    MicroPiece piece{.offset = offset, .lanes = 1, .valid = count};
    while (piece.lanes < count) {
      piece.lanes *= 2;
    }
    if (count < piece.lanes && emitter_.machine.has_masks) {
      piece.mask = lane_mask(emitter_, emitter_.integer(count), piece.lanes);
    }
    return piece;
  }

  /// The totals of every `stride`-th sum of the first set from `first` on, as many as the piece holds: each added up.
  llvm::Value* totals_of(const Values& sums, std::int64_t first, std::int64_t stride, const MicroPiece& piece) {
    Values vectors(static_cast<std::size_t>(piece.lanes), emitter_.zero(dtype_, lanes_));
    llvm::Value* scalars = emitter_.zero(dtype_, piece.lanes);
    const bool has_scalars = scalar_begin() < sums.size();
    for (std::int64_t index = 0; index < piece.valid; ++index) {
      const auto sum = static_cast<std::size_t>(first + index * stride);
      vectors[static_cast<std::size_t>(index)] = sums[sum];
      if (has_scalars) {
        llvm::Value* scalar = sums[scalar_begin() + sum];
        scalars =
            piece.lanes == 1 ? scalar : emitter_.builder.CreateInsertElement(scalars, scalar, emitter_.integer(index));
      }
    }
    llvm::Value* totals = emit_combine_to_lanes(emitter_, graph::Reducer::sum, dtype_, vectors);
    return has_scalars ? emitter_.builder.CreateFAdd(totals, scalars) : totals;
  }

  /// A block of one row whose columns are the rows from `row` on.
  [[nodiscard]] MicroBlock along_rows(std::int64_t row, std::size_t column, const MicroPiece& piece) {
    const std::int64_t outer = row / block_.inner_rows;
    const std::int64_t inner = row % block_.inner_rows;
    const auto turned = [&](const View& view, const std::array<Dim, 2>& strides) {
      const Dim offset =
          strides[0] * outer + strides[1] * inner + view.strides.back() * block_.columns.pieces[column].offset;
      return View{.base = emitter_.moved(view.base, view.dtype, offset), .dtype = view.dtype, .strides = {strides[1]}};
    };
    MicroBlock block;
    block.columns.pieces = {piece};
    block.output = turned(block_.output, block_.output_row_strides);
    for (const MicroOperand& operand : block_.operands) {
      block.operands.push_back({.view = turned(operand.view, operand.row_strides), .row_strides = {}});
    }
    return block;
  }

  [[nodiscard]] std::size_t scalar_begin() const { return static_cast<std::size_t>(sets_ * rows_ * columns_); }

  Values sum_over(std::size_t axis, Values sums, llvm::Value* left, llvm::Value* right) {
    if (axis + 1 == step_.depth.size()) {
      return sum_innermost(std::move(sums), left, right);
    }
    return carry(emitter_, {.begin = emitter_.integer(0), .end = emitter_.count(step_.depth[axis])}, std::move(sums),
                 [&](llvm::Value* index, const Values& values) {
                   return sum_over(
                       axis + 1, values,
                       emitter_.element_pointer(left, step_.left.dtype, index, block_.left.strides[axis]),
                       emitter_.element_pointer(right, step_.right.dtype, index, block_.right.strides[axis]));
                 });
  }

  Values sum_innermost(Values sums, llvm::Value* left, llvm::Value* right) {
    const std::int64_t turn = lanes_ * sets_;
    const std::int64_t turns_end = inner_ / turn * turn;
    sums = carry(emitter_, {.begin = emitter_.integer(0), .end = emitter_.integer(turns_end), .step = turn},
                 std::move(sums), [&](llvm::Value* index, const Values& values) {
                   Values next = values;
                   for (std::int64_t set = 0; set < sets_; ++set) {
                     llvm::Value* begin = emitter_.builder.CreateAdd(index, emitter_.integer(set * lanes_));
                     multiply_add_all(next, static_cast<std::size_t>(set * rows_ * columns_),
                                      {.index = begin, .lanes = lanes_}, left, right);
                   }
                   return next;
                 });
    std::int64_t done = turns_end;
    for (; done + lanes_ <= inner_; done += lanes_) {
      multiply_add_all(sums, 0, {.index = emitter_.integer(done), .lanes = lanes_}, left, right);
    }
    if (done < inner_ && emitter_.machine.has_masks) {
      llvm::Value* mask = lane_mask(emitter_, emitter_.integer(inner_ - done), lanes_);
      multiply_add_all(sums, 0, {.index = emitter_.integer(done), .lanes = lanes_, .mask = mask}, left, right);
      return sums;
    }
    for (; done < inner_; ++done) {
      multiply_add_all(sums, scalar_begin(), {.index = emitter_.integer(done), .lanes = 1}, left, right);
    }
    return sums;
  }

  /// One part of depth for all rows and columns, added to the sums from `first` on.
  void multiply_add_all(Values& sums, std::size_t first, const Part& part, llvm::Value* left, llvm::Value* right) {
    Values columns;
    for (const MicroPiece& piece : block_.columns.pieces) {
      const View view{.base = emitter_.moved(right, step_.right.dtype, offset_in_panels(step_, piece.offset)),
                      .dtype = step_.right.dtype,
                      .strides = {1}};
      columns.push_back(emit_cast(emitter_, emitter_.load(view, 0, part), step_.right.dtype, dtype_, part.lanes));
    }
    std::size_t sum = first;
    for (std::int64_t row = 0; row < rows_; ++row) {
      const Dim offset = block_.left_row_strides[0] * (row / block_.inner_rows) +
                         block_.left_row_strides[1] * (row % block_.inner_rows);
      const View view{
          .base = emitter_.moved(left, step_.left.dtype, offset), .dtype = step_.left.dtype, .strides = {1}};
      llvm::Value* values = emit_cast(emitter_, emitter_.load(view, 0, part), step_.left.dtype, dtype_, part.lanes);
      for (llvm::Value* column : columns) {
        sums[sum] = emit_multiply_add(emitter_, dtype_, values, column, sums[sum]);
        ++sum;
      }
    }
  }

  Emitter& emitter_;
  const plan::ContractionStep& step_;
  const MicroBlock& block_;
  DType dtype_;
  std::int64_t lanes_;
  std::int64_t rows_;
  std::int64_t columns_;
  std::int64_t inner_;  // size of the innermost depth axis
  std::int64_t sets_ = 1;
};

}  // namespace

bool runs_along_depth(const Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block, DType dtype) {
  // Strict sums must not depend on the block. The panels of packed weights are the same for all bodies; the block of
  // other tensors is chosen for each.
  const bool may_depend_on_block = !emitter.strict || step.right_is_packed;
  if (step.block.lanes != 1 || step.depth.empty() || !is_float(dtype) || !may_depend_on_block) {
    return false;
  }
  const std::size_t inner = step.depth.size() - 1;
  const std::int64_t lanes = emitter.lanes(dtype);
  return lanes > 1 && step.depth.back().is_constant() && step.depth.back().constant() >= lanes &&
         block.left.strides[inner] == Dim(1) && block.right.strides[inner] == Dim(1);
}

void emit_along_depth(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block, DType dtype) {
  AlongDepth(emitter, step, block, dtype).emit();
}

}  // namespace kdlc::codegen
