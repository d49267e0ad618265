// The micro-kernel: accumulators as values carried through the loops over depth, then the epilogue on them.
#include "codegen/kernels/contraction_micro.hpp"

#include <algorithm>

#include "codegen/expression.hpp"
#include "codegen/loops.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

/// Multiply-adds of one turn of the innermost loop: enough to hide the loop's own three instructions.
constexpr std::int64_t kTurn = 64;
/// Independent sums that keep two multiply-add units busy over a latency of four cycles.
constexpr std::int64_t kIndependentSums = 8;

/// The element type of the sums.
DType sum_dtype(const plan::ContractionStep& step) {
  for (const graph::MapTerm& term : step.epilogue.terms) {
    if (term.op == graph::MapOp::operand && term.operand == 0) {
      return term.dtype;
    }
  }
  return step.epilogue.terms.empty() ? step.output.dtype : step.left.dtype;
}

class MicroKernel {
public:
  MicroKernel(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block)
      : emitter_(emitter),
        builder_(emitter.builder),
        step_(step),
        block_(block),
        pieces_(block.columns.pieces),
        dtype_(sum_dtype(step)),
        rows_(block.outer_rows * block.inner_rows),
        depth_(step.depth) {
    left_strides_ = block.left.strides;
    right_strides_.assign(block.right.strides.begin(), block.right.strides.end() - 1);
    if (depth_.empty()) {
      depth_ = {1};
      left_strides_ = {0};
      right_strides_ = {0};
    }
    choose_turn();
  }

  void emit() {
    Values sums;
    for (std::int64_t set = 0; set < sets_ * rows_; ++set) {
      for (const MicroPiece& piece : pieces_) {
        sums.push_back(emitter_.zero(dtype_, piece.lanes));
      }
    }
    sums = sum_over(0, std::move(sums), block_.left.base, block_.right.base);
    finish(join_sets(std::move(sums)));
  }

private:
  /// `sets_`: with few accumulators, neighbouring steps of depth go to different sets of them, added up at the end: a
  /// chain of dependent additions would wait for each. Strict arithmetic has one set, so that sums do not depend on the
  /// block.
  void choose_turn() {
    const std::int64_t inner = depth_.back();
    const std::int64_t sums = rows_ * static_cast<std::int64_t>(pieces_.size());
    const bool is_real = is_float(dtype_);
    while (!emitter_.strict && is_real && sums * sets_ < kIndependentSums && sets_ * 2 <= inner &&
           (sums + static_cast<std::int64_t>(pieces_.size())) * sets_ * 2 < emitter_.machine.vector_registers) {
      sets_ *= 2;
    }
    turn_ = sets_;
    while (turn_ * 2 <= inner && turn_ * 2 * sums <= kTurn) {
      turn_ *= 2;
    }
    if (inner * sums <= 2 * kTurn) {
      turn_ = inner;
    }
  }

  llvm::Value* moved(llvm::Value* pointer, DType dtype, std::int64_t elements) {
    return emitter_.element_pointer(pointer, dtype, emitter_.integer(1), elements);
  }

  /// The loops over the depth axes from `axis` on; pointers are those of its first element.
  Values sum_over(std::size_t axis, Values sums, llvm::Value* left, llvm::Value* right) {
    if (axis + 1 == depth_.size()) {
      return sum_innermost(std::move(sums), left, right);
    }
    const std::size_t count = sums.size();
    sums.push_back(left);
    sums.push_back(right);
    Values results = carry(emitter_, {.begin = emitter_.integer(0), .end = emitter_.integer(depth_[axis])},
                           std::move(sums), [&](llvm::Value*, const Values& values) {
                             Values inside(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count));
                             Values next = sum_over(axis + 1, std::move(inside), values[count], values[count + 1]);
                             next.push_back(moved(values[count], step_.left.dtype, left_strides_[axis]));
                             next.push_back(moved(values[count + 1], step_.right.dtype, right_strides_[axis]));
                             return next;
                           });
    results.resize(count);
    return results;
  }

  Values sum_innermost(Values sums, llvm::Value* left, llvm::Value* right) {
    const std::int64_t inner = depth_.back();
    const std::int64_t whole = inner / turn_ * turn_;
    const std::size_t count = sums.size();
    sums.push_back(left);
    sums.push_back(right);
    Values values = carry(emitter_, {.begin = emitter_.integer(0), .end = emitter_.integer(whole), .step = turn_},
                          std::move(sums), [&](llvm::Value*, const Values& carried) {
                            Values next = carried;
                            for (std::int64_t k = 0; k < turn_; ++k) {
                              multiply_add_all(next, k, carried[count], carried[count + 1]);
                            }
                            next[count] = moved(carried[count], step_.left.dtype, turn_ * left_strides_.back());
                            next[count + 1] =
                                moved(carried[count + 1], step_.right.dtype, turn_ * right_strides_.back());
                            return next;
                          });
    for (std::int64_t k = 0; k < inner - whole; ++k) {
      multiply_add_all(values, k, values[count], values[count + 1]);
    }
    values.resize(count);
    return values;
  }

  /// One step of depth, `k` elements behind the pointers: all rows times all vectors.
  void multiply_add_all(Values& sums, std::int64_t k, llvm::Value* left, llvm::Value* right) {
    Values vectors;
    View row = block_.right;
    row.base = moved(right, step_.right.dtype, k * right_strides_.back());
    row.strides = {block_.right.strides.back()};
    for (const MicroPiece& piece : pieces_) {
      // Packed panels are whole: zeros stand behind the last column.
      llvm::Value* mask = step_.right_is_packed ? nullptr : piece.mask;
      llvm::Value* loaded =
          emitter_.load(row, 0, {.index = emitter_.integer(piece.offset), .lanes = piece.lanes, .mask = mask});
      vectors.push_back(emit_cast(emitter_, loaded, step_.right.dtype, dtype_, piece.lanes));
    }
    std::size_t sum = static_cast<std::size_t>((k % sets_) * rows_) * pieces_.size();
    for (std::int64_t outer = 0; outer < block_.outer_rows; ++outer) {
      for (std::int64_t inner = 0; inner < block_.inner_rows; ++inner) {
        const std::int64_t offset =
            outer * block_.left_row_strides[0] + inner * block_.left_row_strides[1] + k * left_strides_.back();
        llvm::Value* element = emitter_.load_scalar(moved(left, step_.left.dtype, offset), step_.left.dtype);
        element = emit_cast(emitter_, element, step_.left.dtype, dtype_, 1);
        for (std::size_t piece = 0; piece < pieces_.size(); ++piece, ++sum) {
          sums[sum] = multiply_add_one(emitter_.splat(element, pieces_[piece].lanes), vectors[piece], sums[sum]);
        }
      }
    }
  }

  llvm::Value* multiply_add_one(llvm::Value* a, llvm::Value* b, llvm::Value* sum) {
    if (is_float(dtype_)) {
      return builder_.CreateIntrinsic(llvm::Intrinsic::fmuladd, {sum->getType()}, {a, b, sum});
    }
    return builder_.CreateAdd(builder_.CreateMul(a, b), sum);
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

  /// Epilogue and stores of all rows, piece by piece.
  void finish(const Values& sums) {
    for (std::size_t number = 0; number < pieces_.size(); ++number) {
      const MicroPiece& piece = pieces_[number];
      const bool is_whole = piece.valid == piece.lanes || piece.mask != nullptr;
      if (is_whole) {
        finish_lanes(sums, number, {.first = 0, .lanes = piece.lanes, .mask = piece.mask});
        continue;
      }
      std::int64_t first = 0;
      for (std::int64_t lanes = piece.lanes / 2; lanes > 0; lanes /= 2) {
        if ((piece.valid & lanes) != 0) {
          finish_lanes(sums, number, {.first = first, .lanes = lanes, .mask = nullptr});
          first += lanes;
        }
      }
    }
  }

  struct Lanes {
    std::int64_t first;  // of the piece
    std::int64_t lanes;
    llvm::Value* mask;
  };

  void finish_lanes(const Values& sums, std::size_t number, const Lanes& lanes) {
    const MicroPiece& piece = pieces_[number];
    const Part part{.index = builder_.CreateAdd(block_.columns.begin, emitter_.integer(piece.offset + lanes.first)),
                    .lanes = lanes.lanes,
                    .mask = lanes.mask};
    // Operands that no row changes, such as a bias, are loaded once.
    Values loaded;
    for (const MicroOperand& operand : block_.operands) {
      const bool is_same = operand.row_strides[0] == 0 && operand.row_strides[1] == 0;
      loaded.push_back(is_same ? emitter_.load(operand.view, 0, part) : nullptr);
    }
    for (std::int64_t outer = 0; outer < block_.outer_rows; ++outer) {
      for (std::int64_t inner = 0; inner < block_.inner_rows; ++inner) {
        const auto row = static_cast<std::size_t>(outer * block_.inner_rows + inner);
        llvm::Value* sum = sums[row * pieces_.size() + number];
        Values operands = {part_of(sum, piece, lanes)};
        for (std::size_t index = 0; index < block_.operands.size(); ++index) {
          const MicroOperand& operand = block_.operands[index];
          operands.push_back(loaded[index] != nullptr
                                 ? loaded[index]
                                 : emitter_.load(at_row(operand.view, operand.row_strides, outer, inner), 0, part));
        }
        llvm::Value* result = emit_expression(emitter_, step_.epilogue, operands, part.lanes);
        emitter_.store(result, at_row(block_.output, block_.output_row_strides, outer, inner), 0, part);
      }
    }
  }

  llvm::Value* part_of(llvm::Value* sum, const MicroPiece& piece, const Lanes& lanes) {
    if (lanes.lanes == piece.lanes) {
      return sum;
    }
    if (lanes.lanes == 1) {
      return builder_.CreateExtractElement(sum, emitter_.integer(lanes.first));
    }
    std::vector<int> chosen;
    for (std::int64_t lane = 0; lane < lanes.lanes; ++lane) {
      chosen.push_back(static_cast<int>(lanes.first + lane));
    }
    return builder_.CreateShuffleVector(sum, chosen);
  }

  View at_row(const View& view, const std::array<std::int64_t, 2>& row_strides, std::int64_t outer,
              std::int64_t inner) {
    View row = view;
    row.base = moved(view.base, view.dtype, outer * row_strides[0] + inner * row_strides[1]);
    return row;
  }

  Emitter& emitter_;
  llvm::IRBuilder<>& builder_;
  const plan::ContractionStep& step_;
  const MicroBlock& block_;
  const std::vector<MicroPiece>& pieces_;
  DType dtype_;
  std::int64_t rows_;
  std::vector<std::int64_t> depth_;
  std::vector<std::int64_t> left_strides_;
  std::vector<std::int64_t> right_strides_;
  std::int64_t sets_ = 1;
  std::int64_t turn_ = 1;  // steps of depth in one turn of the innermost loop
};

}  // namespace

void emit_micro_kernel(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block) {
  MicroKernel(emitter, step, block).emit();
}

}  // namespace kdlc::codegen
