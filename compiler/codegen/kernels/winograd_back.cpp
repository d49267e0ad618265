// From products to outputs: epilogue(Aᵀ m A) for each tile of a block, by groups of rows as in winograd_forward.cpp.
#include <fmt/format.h>

#include "codegen/expression.hpp"
#include "codegen/kernels/nest.hpp"
#include "codegen/kernels/winograd_tiles.hpp"
#include "codegen/kernels/winograd_transforms.hpp"
#include "codegen/loops.hpp"
#include "plan/winograd.hpp"

namespace kdlc::codegen {
namespace {

using plan::WinogradStep;

class BackTransform {
public:
  BackTransform(Emitter& emitter, const WinogradStep& step, std::span<const View> views)
      : emitter_(emitter),
        step_(step),
        products_(views[0]),
        output_(views[1]),
        operands_(views.begin() + 2, views.end()),
        grid_(plan::tile_grid(step)),
        transforms_(emitter, plan::form_of(step), step.left.dtype) {}

  void emit(const TileBlock& block, std::int64_t columns) {
    llvm::Value* first = emitter_.count(block.first);
    for_each(emitter_, emitter_.count(block.count), [&](llvm::Value* index) {
      const Tile tile = tile_at(emitter_, step_, emitter_.builder.CreateAdd(first, index));
      Place place{.tile = tile, .planes = at_number(emitter_, products_, index), .output = {}, .operands = {}};
      place.output = at_tile(emitter_, output_, tile);
      for (const View& operand : operands_) {
        place.operands.push_back(at_tile(emitter_, operand, tile));
      }
      for_each_part(emitter_, emitter_.integer(columns), emitter_.lanes(output_.dtype),
                    [&](const Part& part) { transform(place, part); });
    });
  }

private:
  struct Place {
    Tile tile;
    View planes;                 // over coefficient, (tile), column
    View output;                 // over y, x, column
    std::vector<View> operands;  // likewise
  };

  void transform(const Place& place, const Part& part) {
    // Operands that no position of the tile changes, such as a bias, are loaded once.
    Values same;
    for (const View& operand : place.operands) {
      const bool is_same = operand.strides[0] == Dim(0) && operand.strides[1] == Dim(0);
      same.push_back(is_same ? emitter_.load(at_place(emitter_, operand, 0, 0), 0, part) : nullptr);
    }
    const std::size_t size = transforms_.size();
    for (std::size_t group = 0; group < transforms_.output_groups().size(); ++group) {
      std::vector<Values> rows(transforms_.output_groups()[group].size());
      for (std::size_t column = 0; column < size; ++column) {
        Values loaded(size);
        for (std::size_t row = 0; row < size; ++row) {
          if (transforms_.uses_product(group, row)) {
            loaded[row] = emitter_.load(at_coefficient(emitter_, place.planes, row * size + column), 0, part);
          }
        }
        const Values values = transforms_.outputs(group, loaded);
        for (std::size_t row = 0; row < rows.size(); ++row) {
          rows[row].push_back(values[row]);
        }
      }
      for (std::size_t row = 0; row < rows.size(); ++row) {
        const std::size_t number = transforms_.output_groups()[group][row];
        when_inside(number, grid_.has_tail_rows, step_.positions[step_.positions.size() - 2], place.tile.row,
                    [&] { store_row(place, number, rows[row], same, part); });
      }
    }
  }

  void store_row(const Place& place, std::size_t row, const Values& values, const Values& same, const Part& part) {
    for (std::size_t group = 0; group < transforms_.output_groups().size(); ++group) {
      const Values results = transforms_.outputs(group, values);
      for (std::size_t number = 0; number < results.size(); ++number) {
        const std::size_t column = transforms_.output_groups()[group][number];
        when_inside(column, grid_.has_tail_columns, step_.positions.back(), place.tile.column,
                    [&] { finish(place, row, column, results[number], same, part); });
      }
    }
  }

  /// Emits `body` for the output `number` of a tile that begins at `begin`, under a condition where some tile stands
  /// out over the edge there.
  void when_inside(std::size_t number, bool has_tail, const Dim& size, llvm::Value* begin,
                   const std::function<void()>& body) {
    const auto place = static_cast<std::int64_t>(number);
    if (!has_tail || place < size.constant() % step_.tile) {
      body();
      return;
    }
    if_then(emitter_, emitter_.builder.CreateICmpSLT(begin, emitter_.integer(size.constant() - place)), body);
  }

  void finish(const Place& place, std::size_t row, std::size_t column, llvm::Value* value, const Values& same,
              const Part& part) {
    Values operands = {value};
    for (std::size_t index = 0; index < place.operands.size(); ++index) {
      operands.push_back(same[index] != nullptr
                             ? same[index]
                             : emitter_.load(at_place(emitter_, place.operands[index], row, column), 0, part));
    }
    llvm::Value* result = emit_expression(emitter_, step_.epilogue, operands, part.lanes);
    emitter_.store(result, at_place(emitter_, place.output, row, column), 0, part);
  }

  Emitter& emitter_;
  const WinogradStep& step_;
  View products_;
  View output_;
  std::vector<View> operands_;
  plan::TileGrid grid_;
  WinogradTransforms transforms_;
};

/// The access from a column on.
plan::Access at_column(plan::Access access, const Dim& column) {
  access.offset_bytes =
      access.offset_bytes + column * access.strides.back() * Dim(static_cast<std::int64_t>(size_bytes(access.dtype)));
  return access;
}

}  // namespace

void emit_back_transform(Emitter& emitter, const WinogradStep& step, const TileBlock& block, const Dim& first_column,
                         std::int64_t columns) {
  const plan::WinogradScratch scratch = plan::winograd_scratch(step);
  std::vector<plan::Access> accesses = {scratch.products, at_column(step.output, first_column)};
  for (const plan::Access& operand : step.epilogue_operands) {
    accesses.push_back(at_column(operand, first_column));
  }
  std::vector<Emitter::Argument> arguments;
  for (const plan::Access& access : accesses) {
    arguments.push_back({.access = &access});
  }
  const std::string key = fmt::format("winograd back {}|{}|{}{}", describe(step, block), columns,
                                      describe(step.epilogue), describe_all(arguments));
  emitter.call_shared(key, "winograd_back", arguments, dims_of(step, block),
                      [&](std::span<const View> views) { BackTransform(emitter, step, views).emit(block, columns); });
}

}  // namespace kdlc::codegen
