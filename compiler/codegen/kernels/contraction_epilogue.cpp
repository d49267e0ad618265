// What follows the sums of a block: the epilogue on every row, operands loaded with their own strides, and the stores.
#include "codegen/expression.hpp"
#include "codegen/kernels/contraction_micro.hpp"

namespace kdlc::codegen {
namespace {

/// Some lanes of a piece.
struct Lanes {
  std::int64_t first = 0;
  std::int64_t lanes = 1;
  llvm::Value* mask = nullptr;
};

/// What is stored of a piece: all of it, or, where padding is behind the last column and there are no masks, narrower
/// and narrower vectors.
std::vector<Lanes> lanes_to_store(const MicroPiece& piece) {
  if (piece.valid == piece.lanes || piece.mask != nullptr) {
    return {{.first = 0, .lanes = piece.lanes, .mask = piece.mask}};
  }
  std::vector<Lanes> parts;
  std::int64_t first = 0;
  for (std::int64_t lanes = piece.lanes / 2; lanes > 0; lanes /= 2) {
    if ((piece.valid & lanes) != 0) {
      parts.push_back({.first = first, .lanes = lanes});
      first += lanes;
    }
  }
  return parts;
}

llvm::Value* part_of(Emitter& emitter, llvm::Value* sum, const MicroPiece& piece, const Lanes& lanes) {
  if (lanes.lanes == piece.lanes) {
    return sum;
  }
  return emitter.lanes_of(sum, lanes.first, lanes.lanes);
}

View at_row(Emitter& emitter, const View& view, const std::array<Dim, 2>& row_strides, std::int64_t outer,
            std::int64_t inner) {
  View row = view;
  row.base = emitter.moved(view.base, view.dtype, row_strides[0] * outer + row_strides[1] * inner);
  return row;
}

bool is_same_for_all_rows(const MicroBlock& block, const MicroOperand& operand) {
  return (operand.row_strides[0] == Dim(0) || block.outer_rows == 1) &&
         (operand.row_strides[1] == Dim(0) || block.inner_rows == 1);
}

}  // namespace

void emit_block_epilogue(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block,
                         const std::vector<llvm::Value*>& sums) {
  const std::vector<MicroPiece>& pieces = block.columns.pieces;
  const bool is_one_row = block.outer_rows * block.inner_rows == 1;
  for (std::size_t number = 0; number < pieces.size(); ++number) {
    for (const Lanes& lanes : lanes_to_store(pieces[number])) {
      const Part part{
          .index = emitter.integer(pieces[number].offset + lanes.first), .lanes = lanes.lanes, .mask = lanes.mask};
      // Operands that no row changes, such as a bias, are loaded once.
      std::vector<llvm::Value*> loaded;
      for (const MicroOperand& operand : block.operands) {
        loaded.push_back(is_same_for_all_rows(block, operand) ? emitter.load(operand.view, 0, part) : nullptr);
      }
      for (std::int64_t row = 0; row < block.outer_rows * block.inner_rows; ++row) {
        const std::int64_t outer = row / block.inner_rows;
        const std::int64_t inner = row % block.inner_rows;
        llvm::Value* sum = sums[static_cast<std::size_t>(row) * pieces.size() + number];
        std::vector<llvm::Value*> operands = {part_of(emitter, sum, pieces[number], lanes)};
        for (std::size_t index = 0; index < block.operands.size(); ++index) {
          const MicroOperand& operand = block.operands[index];
          const bool is_loaded = loaded[index] != nullptr;
          operands.push_back(
              is_loaded ? loaded[index]
                        : emitter.load(at_row(emitter, operand.view, operand.row_strides, outer, inner), 0, part));
        }
        llvm::Value* result = emit_expression(emitter, step.epilogue, operands, part.lanes);
        const View output = at_row(emitter, block.output, block.output_row_strides, outer, inner);
        if (is_one_row) {
          emitter.store_first(result, output, part, pieces[number].valid);
        } else {
          emitter.store(result, output, 0, part);
        }
      }
    }
  }
}

}  // namespace kdlc::codegen
