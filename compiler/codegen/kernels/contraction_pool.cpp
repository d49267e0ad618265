// Windows of results, reduced before they are stored: first the turns of a window, result by result, then neighbouring
// lanes. What is left of a row is one vector where there were as many as a window has columns.
#include <algorithm>

#include "codegen/expression.hpp"
#include "codegen/kernels/contraction_micro.hpp"
#include "codegen/loops.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

/// Element `first + lane × step` of the vectors one behind the other, in each lane; what lies behind the last is
/// whatever.
llvm::Value* every(Emitter& emitter, const Values& vectors, std::int64_t lanes, std::int64_t first, std::int64_t step) {
  const auto source = [&](std::int64_t lane) { return (first + lane * step) / lanes; };
  const auto is_there = [&](std::int64_t lane) { return source(lane) < static_cast<std::int64_t>(vectors.size()); };
  llvm::Value* result = nullptr;
  for (std::int64_t from = source(0); from <= source(lanes - 1) && is_there(0); from += 2) {
    if (from >= static_cast<std::int64_t>(vectors.size())) {
      break;
    }
    llvm::Value* left = vectors[static_cast<std::size_t>(from)];
    const bool has_right = from + 1 < static_cast<std::int64_t>(vectors.size());
    std::vector<int> chosen;
    std::vector<int> joined;
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      const bool is_here = is_there(lane) && (source(lane) == from || source(lane) == from + 1);
      chosen.push_back(is_here ? static_cast<int>(first + lane * step - from * lanes) : -1);
      joined.push_back(static_cast<int>(is_here ? lane + lanes : lane));
    }
    llvm::Value* here = emitter.builder.CreateShuffleVector(
        left, has_right ? vectors[static_cast<std::size_t>(from) + 1] : left, chosen);
    result = result == nullptr ? here : emitter.builder.CreateShuffleVector(result, here, joined);
  }
  KDLC_ASSERT(result != nullptr, "a window begins inside the block");
  return result;
}

}  // namespace

void emit_pooled_epilogue(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block,
                          const std::function<Values(const MicroBlock& turn)>& sums_of) {
  const plan::ContractionPool& pool = *step.pool;
  const DType dtype = step.output.dtype;
  Values cells;  // by row, then piece
  for (std::int64_t turn = 0; turn < pool.turns; ++turn) {
    MicroBlock at_turn = block;
    at_turn.right.base = emitter.moved(block.right.base, step.right.dtype, pool.turn_stride * turn);
    Values results = block_results(emitter, step, at_turn, sums_of(at_turn));
    for (std::size_t index = 0; index < cells.size(); ++index) {
      results[index] = emit_combine(emitter, pool.reducer, dtype, cells[index], results[index]);
    }
    cells = std::move(results);
  }

  const std::size_t pieces = block.columns.pieces.size();
  const std::int64_t lanes = block.columns.pieces.front().lanes;
  const MicroPiece& last = block.columns.pieces.back();
  const std::int64_t windows = (last.offset + last.valid) / pool.columns;
  for (std::int64_t begin = 0; begin < windows; begin += lanes) {
    Values results;
    for (std::size_t row = 0; row * pieces < cells.size(); ++row) {
      const auto of_row = cells.begin() + static_cast<std::ptrdiff_t>(row * pieces);
      const Values vectors(of_row, of_row + static_cast<std::ptrdiff_t>(pieces));
      llvm::Value* result = nullptr;
      for (std::int64_t cell = 0; cell < pool.columns; ++cell) {
        llvm::Value* value = pool.columns == 1
                                 ? vectors[static_cast<std::size_t>(begin / lanes)]
                                 : every(emitter, vectors, lanes, begin * pool.columns + cell, pool.columns);
        result = result == nullptr ? value : emit_combine(emitter, pool.reducer, dtype, result, value);
      }
      if (pool.reducer == graph::Reducer::mean) {
        llvm::Value* count = emitter.constant(dtype, static_cast<double>(pool.turns * pool.columns), lanes);
        result = emitter.builder.CreateFDiv(result, count);
      }
      results.push_back(emit_expression(emitter, pool.epilogue, Values{result}, lanes));
    }
    store_interleaved(emitter, block,
                      {.offset = begin, .lanes = lanes, .valid = std::min(lanes, windows - begin), .mask = nullptr},
                      results);
  }
}

}  // namespace kdlc::codegen
