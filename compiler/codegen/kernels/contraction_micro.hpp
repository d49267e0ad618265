// The innermost part of a contraction: one block of rows × columns, summed over all of depth. Private to kernels/.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "codegen/emitter.hpp"

namespace kdlc::codegen {

/// Neighbouring columns in one register.
struct MicroPiece {
  std::int64_t offset = 0;  // from the block's first column
  std::int64_t lanes = 1;
  std::int64_t valid = 1;       // lanes that are columns; the others are padding of packed weights
  llvm::Value* mask = nullptr;  // of the valid ones, where the machine has masks and they are not all
};
struct MicroColumns {
  llvm::Value* begin = nullptr;
  std::vector<MicroPiece> pieces;
};
struct MicroOperand {
  View view;                         // at the block's first row and column, over columns
  std::array<Dim, 2> row_strides{};  // outer, inner
};
/// Bytes to ask for while the block is summed: from `from` on, `bytes` for every `steps` steps of depth, in so many
/// parts side by side.
struct MicroFetch {
  llvm::Value* from = nullptr;
  std::int64_t bytes = 0;
  std::int64_t steps = 1;
  std::int64_t streams = 1;
};
struct MicroAlso;
struct MicroBlock {
  std::int64_t outer_rows = 1;
  std::int64_t inner_rows = 1;
  MicroColumns columns;
  View left;  // at the block's first row, over depth
  std::array<Dim, 2> left_row_strides{};
  View right;  // at the block's first column, over depth and columns
  std::vector<MicroFetch> fetches;
  View output;  // at the block's first row and column, over columns
  std::array<Dim, 2> output_row_strides{};
  std::vector<MicroOperand> operands;
  const MicroAlso* also = nullptr;
};
/// What else is done with the sums of a block: another epilogue, to another output.
struct MicroAlso {
  const plan::ContractionStep& step;
  MicroBlock block;
};

/// How many elements of right lie from the block's first column to this one, at one place of depth: panels that are
/// taken together lie one behind the other.
std::int64_t offset_in_panels(const plan::ContractionStep& step, std::int64_t column);

/// Sums and stores the block.
void emit_micro_kernel(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block);

/// The epilogue of the block on its sums, [row][piece], and the stores.
void emit_block_epilogue(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block,
                         const std::vector<llvm::Value*>& sums);

/// Where results are pooled: the sums of the block at each turn, their epilogue, the reductions, and the stores.
void emit_pooled_epilogue(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block,
                          const std::function<std::vector<llvm::Value*>(const MicroBlock& turn)>& sums_of);

/// Of a block whose rows lie side by side in memory, and its columns with all rows between: the results of one piece of
/// columns, one vector for each row, are interleaved and stored.
void store_interleaved(Emitter& emitter, const MicroBlock& block, const MicroPiece& piece,
                       const std::vector<llvm::Value*>& results);
/// The epilogue on the sums of a block, [row][piece].
std::vector<llvm::Value*> block_results(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block,
                                        const std::vector<llvm::Value*>& sums);

/// Whether the planner asked for vectors along depth (lanes == 1) and both operands lie so.
bool runs_along_depth(const Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block, DType dtype);
void emit_along_depth(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block, DType dtype);

}  // namespace kdlc::codegen
