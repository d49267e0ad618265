// Tiles of Winograd's form: where they lie in tensors and in scratch, and the kernels that transform them. Private to
// kernels/.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "codegen/emitter.hpp"
#include "codegen/loops.hpp"

namespace kdlc::codegen {

/// What a kernel works on: some tiles, from `first` on.
struct TileBlock {
  Dim first;
  Dim count;
};

/// A tile's place among the positions of the step.
struct Tile {
  Values outer;
  llvm::Value* row = nullptr;     // y of its first output
  llvm::Value* column = nullptr;  // x
};
Tile tile_at(Emitter& emitter, const plan::WinogradStep& step, llvm::Value* number);

/// The view at the tile's first output, over y, x and channels.
View at_tile(Emitter& emitter, const View& view, const Tile& tile);
/// The view at a known place of its first two axes, over the last.
View at_place(Emitter& emitter, const View& view, std::size_t first, std::size_t second);
/// Planes of coefficients or products at a tile of the block, still over coefficients, tiles and channels.
View at_number(Emitter& emitter, const View& planes, llvm::Value* tile);
/// One of these planes, over channels.
View at_coefficient(Emitter& emitter, const View& planes, std::size_t coefficient);

/// Text for the keys of both kernels, and the sizes that they depend on.
std::string describe(const plan::WinogradStep& step, const TileBlock& block);
std::vector<Dim> dims_of(const plan::WinogradStep& step, const TileBlock& block);

/// Coefficients of the block's tiles, into scratch.
void emit_forward_transform(Emitter& emitter, const plan::WinogradStep& step, const TileBlock& block);
/// Outputs of `columns` columns from `first_column` on, from the products in scratch.
void emit_back_transform(Emitter& emitter, const plan::WinogradStep& step, const TileBlock& block,
                         const Dim& first_column, std::int64_t columns);

}  // namespace kdlc::codegen
