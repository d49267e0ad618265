// Convolutions of 3 × 3 cells by Winograd's minimal filtering: three kernels for each block of tiles.
//
//   for every block of tiles:
//     coefficients[i, j][tile, c] = (Bᵀ d B)[i, j]
//     for every block of columns:
//       products[i, j][tile, k] = sum over c of coefficients[i, j][tile, c] × weights[i, j][c, k]   a contraction
//       output = epilogue(Aᵀ products A)
#include "plan/winograd.hpp"
#include "codegen/kernels/kernels.hpp"
#include "codegen/kernels/winograd_tiles.hpp"
#include "codegen/loops.hpp"

namespace kdlc::codegen {
namespace {

using plan::WinogradStep;

// Symbols of the loops over blocks; no identifier of the language has a space in it.
const char* const kFirstTile = "first tile";
const char* const kTiles = "tile count";
const char* const kFirstColumn = "first column";

/// Runs `body` with `symbol` standing for `value`.
void with_symbol(Emitter& emitter, const char* symbol, llvm::Value* value, const std::function<void()>& body) {
  emitter.frame.sizes[symbol] = value;
  emitter.frame.turns.insert(symbol);
  body();
  emitter.frame.sizes.erase(symbol);
  emitter.frame.turns.erase(symbol);
}

/// Blocks of `size` of `count`, then what is left of a known count.
void for_each_known_block(Emitter& emitter, const char* symbol, std::int64_t count, std::int64_t size,
                          const std::function<void(const Dim& first, std::int64_t size)>& body) {
  const std::int64_t whole = count / size * size;
  if (whole == size) {
    body(0, size);
  } else {
    for_each(
        emitter, {.begin = emitter.integer(0), .end = emitter.integer(whole), .step = size},
        [&](llvm::Value* index) { with_symbol(emitter, symbol, index, [&] { body(Dim::symbol(symbol), size); }); });
  }
  if (whole < count) {
    body(whole, count - whole);
  }
}

void for_each_tile_block(Emitter& emitter, const WinogradStep& step,
                         const std::function<void(const TileBlock& block)>& body) {
  const Dim tiles = plan::tile_count(step);
  if (tiles.is_constant()) {
    for_each_known_block(emitter, kFirstTile, tiles.constant(), step.tiles_at_once,
                         [&](const Dim& first, std::int64_t size) { body({.first = first, .count = size}); });
    return;
  }
  llvm::Value* end = emitter.count(tiles);
  llvm::Value* most = emitter.integer(step.tiles_at_once);
  for_each(emitter, {.begin = emitter.integer(0), .end = end, .step = step.tiles_at_once}, [&](llvm::Value* first) {
    llvm::Value* rest = emitter.builder.CreateSub(end, first);
    llvm::Value* count = emitter.builder.CreateBinaryIntrinsic(llvm::Intrinsic::smin, rest, most);
    with_symbol(emitter, kFirstTile, first, [&] {
      with_symbol(emitter, kTiles, count,
                  [&] { body({.first = Dim::symbol(kFirstTile), .count = Dim::symbol(kTiles)}); });
    });
  });
}

}  // namespace

void emit_winograd(Emitter& emitter, const WinogradStep& step) {
  for_each_tile_block(emitter, step, [&](const TileBlock& block) {
    emit_forward_transform(emitter, step, block);
    for_each_known_block(emitter, kFirstColumn, step.columns, step.columns_at_once,
                         [&](const Dim& first, std::int64_t columns) {
                           emit_contraction(emitter, plan::product_of(step, block.count, first, columns));
                           emit_back_transform(emitter, step, block, first, columns);
                         });
  });
}

}  // namespace kdlc::codegen
