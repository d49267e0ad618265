// What follows the sums of a block: the epilogue on every row, operands loaded with their own strides, and the stores.
// Where the rows of a block lie side by side in the output and its columns with all rows between, vectors of one row
// each are interleaved to vectors of memory first.
#include <algorithm>

#include "codegen/expression.hpp"
#include "codegen/kernels/contraction_micro.hpp"
#include "codegen/kernels/opaque.hpp"
#include "codegen/loops.hpp"

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

/// Operands that no row changes, such as a bias, are loaded once.
Values load_common_operands(Emitter& emitter, const MicroBlock& block, const Part& part) {
  Values loaded;
  for (const MicroOperand& operand : block.operands) {
    loaded.push_back(is_same_for_all_rows(block, operand) ? emitter.load(operand.view, 0, part) : nullptr);
  }
  return loaded;
}

/// The epilogue on the sum of one row; `loaded` are the operands that all rows share.
llvm::Value* row_result(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block, std::int64_t row,
                        llvm::Value* sum, const Values& loaded, const Part& part) {
  const std::int64_t outer = row / block.inner_rows;
  const std::int64_t inner = row % block.inner_rows;
  Values operands = {sum};
  for (std::size_t index = 0; index < block.operands.size(); ++index) {
    const MicroOperand& operand = block.operands[index];
    operands.push_back(loaded[index] != nullptr
                           ? loaded[index]
                           : emitter.load(at_row(emitter, operand.view, operand.row_strides, outer, inner), 0, part));
  }
  return emit_expression(emitter, step.epilogue, operands, part.lanes);
}

/// Whether the results of a block are one run of memory, those of a column side by side. Not where lanes end at run
/// time, or are padding that no mask keeps from being read.
bool is_interleaved(const MicroBlock& block) {
  const auto is_known = [](const MicroPiece& piece) {
    return piece.lanes > 1 && (piece.mask == nullptr) == (piece.valid == piece.lanes);
  };
  return block.outer_rows == 1 && block.inner_rows > 1 && block.output.dtype != DType::boolean &&
         block.output_row_strides[1] == Dim(1) && block.output.strides.back() == Dim(block.inner_rows) &&
         std::all_of(block.columns.pieces.begin(), block.columns.pieces.end(), is_known);
}

/// `lanes` elements from `first` on of x0 y0 z0 x1 y1 z1 …, where x, y, z are `rows`: each pair of rows gives its
/// elements in their places, then those are put together.
llvm::Value* interleaved(Emitter& emitter, const Values& rows, std::int64_t first, std::int64_t lanes) {
  const auto count = static_cast<std::int64_t>(rows.size());
  struct Places {
    llvm::Value* value;
    std::int64_t begin;  // rows whose elements are there
    std::int64_t end;
  };
  std::vector<Places> parts;
  for (std::int64_t row = 0; row < count; row += 2) {
    std::vector<int> chosen;
    for (std::int64_t place = first; place < first + lanes; ++place) {
      const std::int64_t lane = place / count;
      const std::int64_t from = place % count - row;
      chosen.push_back(lane < lanes && (from == 0 || from == 1) ? static_cast<int>(from * lanes + lane) : -1);
    }
    llvm::Value* left = rows[static_cast<std::size_t>(row)];
    llvm::Value* right = row + 1 < count ? rows[static_cast<std::size_t>(row) + 1] : left;
    parts.push_back({emitter.builder.CreateShuffleVector(left, right, chosen), row, std::min(row + 2, count)});
  }
  while (parts.size() > 1) {
    std::vector<Places> joined;
    for (std::size_t pair = 0; pair + 1 < parts.size(); pair += 2) {
      std::vector<int> chosen;
      for (std::int64_t lane = 0; lane < lanes; ++lane) {
        const std::int64_t row = (first + lane) % count;
        chosen.push_back(static_cast<int>(row < parts[pair].end ? lane : lane + lanes));
      }
      joined.push_back({emitter.builder.CreateShuffleVector(parts[pair].value, parts[pair + 1].value, chosen),
                        parts[pair].begin, parts[pair + 1].end});
    }
    if (parts.size() % 2 == 1) {
      joined.push_back(parts.back());
    }
    parts = std::move(joined);
  }
  return parts.front().value;
}

/// The results of some pieces from `first` on: those of one by row, then those of the next.
Values piece_results(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block, const Values& sums,
                     std::size_t first, std::size_t count) {
  const std::vector<MicroPiece>& pieces = block.columns.pieces;
  const std::size_t rows = sums.size() / pieces.size();
  std::vector<Part> parts;
  std::vector<Values> loaded;
  Values by_piece;
  for (std::size_t number = first; number < first + count; ++number) {
    const MicroPiece& piece = pieces[number];
    parts.push_back({.index = emitter.integer(piece.offset), .lanes = piece.lanes, .mask = piece.mask});
    loaded.push_back(load_common_operands(emitter, block, parts.back()));
    for (std::size_t row = 0; row < rows; ++row) {
      by_piece.push_back(sums[row * pieces.size() + number]);
    }
  }
  Values results;
  const auto result_of = [&](std::size_t index, llvm::Value* sum) {
    const std::size_t number = index / rows;
    return row_result(emitter, step, block, static_cast<std::int64_t>(index % rows), sum, loaded[number],
                      parts[number]);
  };
  const bool is_long = is_float(step.output.dtype) && calls_functions(step.epilogue);
  finish_sums(emitter, by_piece, is_long ? Finish::one_by_one : Finish::as_llvm_orders, result_of,
              [&](std::size_t /*index*/, llvm::Value* result) { results.push_back(result); });
  return results;
}

}  // namespace

void store_interleaved(Emitter& emitter, const MicroBlock& block, const MicroPiece& piece, const Values& results) {
  const auto rows = static_cast<std::int64_t>(results.size());
  const View run{.base = emitter.moved(block.output.base, block.output.dtype, piece.offset * rows),
                 .dtype = block.output.dtype,
                 .strides = {1}};
  for (std::int64_t first = 0; first < piece.valid * rows; first += piece.lanes) {
    MicroPiece stored{
        .offset = first, .lanes = piece.lanes, .valid = std::min(piece.lanes, piece.valid * rows - first)};
    if (stored.valid < stored.lanes && emitter.machine.has_masks) {
      stored.mask = lane_mask(emitter, emitter.integer(stored.valid), stored.lanes);
    }
    llvm::Value* value = interleaved(emitter, results, first, piece.lanes);
    for (const Lanes& lanes : lanes_to_store(stored)) {
      emitter.store(part_of(emitter, value, stored, lanes), run, 0,
                    {.index = emitter.integer(first + lanes.first), .lanes = lanes.lanes, .mask = lanes.mask});
    }
  }
}

Values block_results(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block, const Values& sums) {
  const std::size_t pieces = block.columns.pieces.size();
  const std::size_t rows = sums.size() / pieces;
  const Values by_piece = piece_results(emitter, step, block, sums, 0, pieces);
  Values results(sums.size());
  for (std::size_t index = 0; index < sums.size(); ++index) {
    results[index % rows * pieces + index / rows] = by_piece[index];
  }
  return results;
}

void emit_block_epilogue(Emitter& emitter, const plan::ContractionStep& step, const MicroBlock& block,
                         const std::vector<llvm::Value*>& sums) {
  if (is_interleaved(block)) {
    for (std::size_t number = 0; number < block.columns.pieces.size(); ++number) {
      store_interleaved(emitter, block, block.columns.pieces[number],
                        piece_results(emitter, step, block, sums, number, 1));
    }
    return;
  }
  const std::vector<MicroPiece>& pieces = block.columns.pieces;
  const bool is_one_row = block.outer_rows * block.inner_rows == 1;
  for (std::size_t number = 0; number < pieces.size(); ++number) {
    for (const Lanes& lanes : lanes_to_store(pieces[number])) {
      const Part part{
          .index = emitter.integer(pieces[number].offset + lanes.first), .lanes = lanes.lanes, .mask = lanes.mask};
      const Values loaded = load_common_operands(emitter, block, part);
      for (std::int64_t row = 0; row < block.outer_rows * block.inner_rows; ++row) {
        llvm::Value* sum =
            part_of(emitter, sums[static_cast<std::size_t>(row) * pieces.size() + number], pieces[number], lanes);
        llvm::Value* result = row_result(emitter, step, block, row, sum, loaded, part);
        const View output =
            at_row(emitter, block.output, block.output_row_strides, row / block.inner_rows, row % block.inner_rows);
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
