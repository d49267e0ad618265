// From cells to coefficients: Bᵀ d B for each tile of a block.
//
// Straight code on vectors of channels. A tile is worked through by groups of rows that share their parts, so that what
// is between the two passes fits the registers: a row of a group takes t + 2 of them. Cells are read once for each
// group that looks at them; they are in the first-level cache.
#include <array>

#include <fmt/format.h>

#include "codegen/kernels/nest.hpp"
#include "codegen/kernels/winograd_tiles.hpp"
#include "codegen/kernels/winograd_transforms.hpp"
#include "codegen/loops.hpp"
#include "plan/winograd.hpp"

namespace kdlc::codegen {
namespace {

using plan::WinogradStep;

class ForwardTransform {
public:
  ForwardTransform(Emitter& emitter, const WinogradStep& step, std::span<const View> views)
      : emitter_(emitter),
        step_(step),
        left_(views[0]),
        coefficients_(views[1]),
        cells_(views[2]),
        grid_(plan::tile_grid(step)),
        transforms_(emitter, plan::form_of(step), step.left.dtype) {}

  void emit(const TileBlock& block) {
    llvm::Value* first = emitter_.count(block.first);
    for_each(emitter_, emitter_.count(block.count), [&](llvm::Value* index) {
      const Tile tile = tile_at(emitter_, step_, emitter_.builder.CreateAdd(first, index));
      View cells = at_tile(emitter_, left_, tile);
      const plan::Strides strides = plan::cells_of(step_).access.strides;
      cells.strides.assign(strides.end() - 3, strides.end());
      if (grid_.has_tail_rows || grid_.has_tail_columns) {
        cells.base = whole_cells(cells, tile);
      }
      const View planes = at_number(emitter_, coefficients_, index);
      for_each_part(emitter_, emitter_.integer(step_.depth), emitter_.lanes(left_.dtype),
                    [&](const Part& part) { transform(cells, planes, part); });
    });
  }

private:
  void transform(const View& cells, const View& planes, const Part& part) {
    const std::size_t size = transforms_.size();
    for (std::size_t group = 0; group < transforms_.coefficient_groups().size(); ++group) {
      std::vector<Values> rows(transforms_.coefficient_groups()[group].size());
      for (std::size_t column = 0; column < size; ++column) {
        Values loaded(size);
        for (std::size_t row = 0; row < size; ++row) {
          if (transforms_.uses_cell(group, row)) {
            loaded[row] = emitter_.load(at_place(emitter_, cells, row, column), 0, part);
          }
        }
        const Values values = transforms_.coefficients(group, loaded);
        for (std::size_t row = 0; row < rows.size(); ++row) {
          rows[row].push_back(values[row]);
        }
      }
      for (std::size_t row = 0; row < rows.size(); ++row) {
        store_row(planes, transforms_.coefficient_groups()[group][row], rows[row], part);
      }
    }
  }

  void store_row(const View& planes, std::size_t row, const Values& values, const Part& part) {
    for (std::size_t group = 0; group < transforms_.coefficient_groups().size(); ++group) {
      const Values results = transforms_.coefficients(group, values);
      for (std::size_t place = 0; place < results.size(); ++place) {
        const std::size_t column = transforms_.coefficient_groups()[group][place];
        emitter_.store(results[place], at_coefficient(emitter_, planes, row * transforms_.size() + column), 0, part);
      }
    }
  }

  /// The cells of a tile: those of the input or, where the tile stands out over the edge, a copy with zeros around.
  llvm::Value* whole_cells(const View& cells, const Tile& tile) {
    llvm::IRBuilder<>& builder = emitter_.builder;
    const auto size = static_cast<std::int64_t>(transforms_.size());
    const std::size_t axes = step_.positions.size();
    const plan::WinogradForm form = plan::form_of(step_);
    const auto real = [&](const Dim& outputs, llvm::Value* begin) {
      llvm::Value* first = builder.CreateMul(begin, emitter_.integer(form.stride));
      return builder.CreateSub(emitter_.integer(form.cells_of(outputs.constant())), first);
    };
    llvm::Value* real_rows = real(step_.positions[axes - 2], tile.row);
    llvm::Value* real_columns = real(step_.positions[axes - 1], tile.column);
    llvm::Value* is_cut = builder.CreateOr(builder.CreateICmpSLT(real_rows, emitter_.integer(size)),
                                           builder.CreateICmpSLT(real_columns, emitter_.integer(size)));
    const auto copy = [&](const View& from, const View& to, bool has_cells) {
      for_each_part(emitter_, emitter_.integer(step_.depth), emitter_.lanes(left_.dtype), [&](const Part& part) {
        emitter_.store(has_cells ? emitter_.load(from, 0, part) : emitter_.zero(left_.dtype, part.lanes), to, 0, part);
      });
    };
    if_then(emitter_, is_cut, [&] {
      for_each(emitter_, emitter_.integer(size), [&](llvm::Value* row) {
        for_each(emitter_, emitter_.integer(size), [&](llvm::Value* column) {
          const std::array<llvm::Value*, 2> place = {row, column};
          const View from = emitter_.at(cells, place);
          const View to = emitter_.at(cells_, place);
          llvm::Value* is_real_row = builder.CreateICmpSLT(row, real_rows);
          llvm::Value* is_real = builder.CreateAnd(is_real_row, builder.CreateICmpSLT(column, real_columns));
          if_then(emitter_, is_real, [&] { copy(from, to, true); });
          if_then(emitter_, builder.CreateNot(is_real), [&] { copy(from, to, false); });
        });
      });
    });
    return builder.CreateSelect(is_cut, cells_.base, cells.base);
  }

  Emitter& emitter_;
  const WinogradStep& step_;
  View left_;
  View coefficients_;
  View cells_;
  plan::TileGrid grid_;
  WinogradTransforms transforms_;
};

}  // namespace

void emit_forward_transform(Emitter& emitter, const WinogradStep& step, const TileBlock& block) {
  const plan::WinogradScratch scratch = plan::winograd_scratch(step);
  const bool has_tail = !scratch.cells.strides.empty();
  // Not read-only: what LLVM takes for unchanged behind stores it would load once and then keep on the stack.
  const std::vector<Emitter::Argument> arguments = {{.access = &step.left},
                                                    {.access = &scratch.coefficients},
                                                    {.access = has_tail ? &scratch.cells : &scratch.coefficients}};
  const std::string key = fmt::format("winograd forward {}|{}|{}{}", describe(step, block), step.depth,
                                      describe(step.left), describe_all(arguments));
  emitter.call_shared(key, "winograd_forward", arguments, dims_of(step, block),
                      [&](std::span<const View> views) { ForwardTransform(emitter, step, views).emit(block); });
}

}  // namespace kdlc::codegen
