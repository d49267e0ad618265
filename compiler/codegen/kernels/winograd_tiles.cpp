// Places of tiles.
#include "codegen/kernels/winograd_tiles.hpp"

#include <fmt/format.h>

#include "plan/winograd.hpp"

namespace kdlc::codegen {

using plan::WinogradStep;

Tile tile_at(Emitter& emitter, const WinogradStep& step, llvm::Value* number) {
  llvm::IRBuilder<>& builder = emitter.builder;
  const plan::TileGrid grid = plan::tile_grid(step);
  const auto split = [&](llvm::Value* size) {
    llvm::Value* index = builder.CreateURem(number, size);
    number = builder.CreateUDiv(number, size);
    return index;
  };
  Tile tile;
  tile.column = builder.CreateMul(split(emitter.integer(grid.columns)), emitter.integer(step.tile));
  tile.row = builder.CreateMul(split(emitter.integer(grid.rows)), emitter.integer(step.tile));
  tile.outer.resize(step.positions.size() - 2);
  for (std::size_t axis = tile.outer.size(); axis-- > 0;) {
    tile.outer[axis] = axis == 0 ? number : split(emitter.count(step.positions[axis]));
  }
  return tile;
}

View at_tile(Emitter& emitter, const View& view, const Tile& tile) {
  View result = emitter.at(view, tile.outer);
  for (const auto& [axis, index] : {std::pair{0, tile.row}, std::pair{1, tile.column}}) {
    result.base =
        emitter.element_pointer(result.base, view.dtype, index, result.strides[static_cast<std::size_t>(axis)]);
  }
  return result;
}

View at_place(Emitter& emitter, const View& view, std::size_t first, std::size_t second) {
  const Dim offset = view.strides[0] * Dim(static_cast<std::int64_t>(first)) +
                     view.strides[1] * Dim(static_cast<std::int64_t>(second));
  return {.base = emitter.moved(view.base, view.dtype, offset), .dtype = view.dtype, .strides = {view.strides[2]}};
}

View at_coefficient(Emitter& emitter, const View& view, std::size_t coefficient) {
  const Dim offset = view.strides[0] * Dim(static_cast<std::int64_t>(coefficient));
  return {.base = emitter.moved(view.base, view.dtype, offset), .dtype = view.dtype, .strides = {view.strides[2]}};
}

View at_number(Emitter& emitter, const View& planes, llvm::Value* tile) {
  View view = planes;
  view.base = emitter.element_pointer(planes.base, planes.dtype, tile, planes.strides[1]);
  return view;
}

std::string describe(const WinogradStep& step, const TileBlock& block) {
  return fmt::format("{}|{}|{}|{}|{}", step.tile, step.stride, describe(step.positions), block.first.to_text(),
                     block.count.to_text());
}

std::vector<Dim> dims_of(const WinogradStep& step, const TileBlock& block) {
  std::vector<Dim> dims = step.positions;
  dims.push_back(block.first);
  dims.push_back(block.count);
  return dims;
}

}  // namespace kdlc::codegen
