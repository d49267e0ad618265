// Depthwise convolutions: output[o, c] = epilogue(sum over k of left[o, k, c] × right[k, c]), channels across the
// vector.
//
// Loop order: positions but the two innermost axes; chunks of channels; blocks of rows; vectors of channels; blocks of
// innermost positions. Rows of a chunk that a window sees stay in the first cache until the next row of positions sees
// them. The weights of the window stay in registers over a row of positions where they fit; else the outer window axes
// are loops inside the block. A cell that several positions of the block see is loaded once.
#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "codegen/expression.hpp"
#include "codegen/kernels/kernels.hpp"
#include "codegen/kernels/opaque.hpp"
#include "codegen/kernels/sum_start.hpp"
#include "codegen/loops.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

using plan::DepthwiseStep;

/// Positions of a row that a block computes at once, at most.
constexpr std::int64_t kMostPositions = 8;
/// Rows of positions that a block computes at once, at most: they share cells.
constexpr std::int64_t kMostRows = 2;

std::int64_t product(std::span<const std::int64_t> sizes) {
  std::int64_t result = 1;
  for (const std::int64_t size : sizes) {
    result *= size;
  }
  return result;
}

class Depthwise {
public:
  Depthwise(Emitter& emitter, const DepthwiseStep& step, std::span<const View> views)
      : emitter_(emitter),
        step_(step),
        views_(views.begin(), views.end()),
        dtype_(operand_dtype(step.epilogue, 0, step.output.dtype)),
        start_(emitter.strict ? std::nullopt : find_sum_start(step.epilogue)),
        positions_(step.positions),
        depth_(step.depth) {
    // A window of no axes has one cell, and one position is a row of positions.
    if (positions_.empty()) {
      positions_ = {Dim(1)};
      for (std::size_t index = 0; index < views_.size(); ++index) {
        if (index != 1) {
          views_[index].strides.insert(views_[index].strides.begin(), 0);
        }
      }
    }
    choose_registers();
  }

  void emit() {
    const std::span<const Dim> outside(positions_.data(), positions_.size() - row_axes());
    for_each_position(emitter_, outside, [&](std::span<llvm::Value* const> indices) {
      const std::vector<View> inside = at_positions(views_, indices);
      for_each_chunk([&](const EmitParts& for_each_part_of_chunk) {
        for_each_rows(inside, [&](const std::vector<View>& row, std::int64_t rows) {
          for_each_part_of_chunk([&](const Part& part) { emit_row(row, rows, part); });
        });
      });
    });
  }

private:
  using EmitParts = std::function<void(const std::function<void(const Part&)>&)>;

  /// The innermost positions are a row; blocks may have several rows along the axis before.
  [[nodiscard]] std::size_t row_axes() const { return std::min<std::size_t>(2, positions_.size()); }

  /// `views` with their leading axes of positions fixed; the weights have none.
  std::vector<View> at_positions(std::vector<View> views, std::span<llvm::Value* const> indices) {
    for (std::size_t index = 0; index < views.size(); ++index) {
      if (index != 1) {
        views[index] = emitter_.at(views[index], indices);
      }
    }
    return views;
  }

  /// The body gets a way to visit the parts of its chunk.
  void for_each_chunk(const std::function<void(const EmitParts&)>& body) {
    const std::int64_t lanes = emitter_.lanes(dtype_);
    const std::int64_t whole = step_.channels / lanes * lanes;
    const std::int64_t chunk = chunk_channels();
    if (chunk >= whole) {
      body([&](const auto& emit) { for_each_part(emitter_, emitter_.integer(step_.channels), lanes, emit); });
      return;
    }
    for_each_range(emitter_, whole, chunk, [&](llvm::Value* begin, llvm::Value* end) {
      body([&](const auto& emit) {
        for_each(emitter_, {.begin = begin, .end = end, .step = lanes},
                 [&](llvm::Value* index) { emit({.index = index, .lanes = lanes}); });
      });
    });
    if (whole < step_.channels) {
      body([&](const auto& emit) {
        for_each_part(emitter_, emitter_.integer(step_.channels - whole), lanes, [&](Part part) {
          part.index = emitter_.builder.CreateAdd(part.index, emitter_.integer(whole));
          emit(part);
        });
      });
    }
  }

  /// Blocks of rows; the body gets the views at the first one, over the positions of a row.
  void for_each_rows(const std::vector<View>& inside,
                     const std::function<void(const std::vector<View>& row, std::int64_t rows)>& body) {
    if (row_axes() == 1) {
      body(inside, 1);
      return;
    }
    for_each_block(emitter_, emitter_.count(positions_[positions_.size() - 2]), block_rows_,
                   [&](llvm::Value* begin, std::int64_t rows) {
                     body(at_positions(inside, std::array<llvm::Value*, 1>{begin}), rows);
                   });
  }

  /// Of one of `views_`, from one row of a block to the next.
  [[nodiscard]] Dim row_stride(std::size_t index) const {
    return row_axes() == 1 ? Dim(0) : views_[index].strides[positions_.size() - 2];
  }

  /// Channels that pass all rows before the next ones do: so many that the rows that a window sees fill half of the
  /// first cache at most, in chunks of about one size.
  [[nodiscard]] std::int64_t chunk_channels() const {
    const std::int64_t lanes = emitter_.lanes(dtype_);
    const std::int64_t vectors = (step_.channels + lanes - 1) / lanes;
    const std::optional<std::int64_t> cells = cells_of_row();
    if (row_axes() == 1 || !cells) {
      return vectors * lanes;
    }
    const std::int64_t rows = product(std::span(depth_).first(depth_.size() - 1));
    const auto element = static_cast<std::int64_t>(size_bytes(step_.left.dtype));
    const std::int64_t most =
        std::max<std::int64_t>(1, emitter_.machine.l1_bytes / 2 / (rows * *cells * lanes * element));
    const std::int64_t chunks = (vectors + most - 1) / most;
    return (vectors + chunks - 1) / chunks * lanes;
  }

  /// Cells of one row that the windows of a row of positions see; nothing where that is known only at run time.
  [[nodiscard]] std::optional<std::int64_t> cells_of_row() const {
    if (depth_.empty()) {
      return std::nullopt;
    }
    const Dim& apart = left_stride(depth_.size() - 1);
    const Dim& position_stride = views_[0].strides[positions_.size() - 1];
    if (!positions_.back().is_constant() || !apart.is_constant() || !position_stride.is_constant() ||
        apart.constant() <= 0) {
      return std::nullopt;
    }
    return (positions_.back().constant() - 1) * position_stride.constant() / apart.constant() + depth_.back();
  }

  /// How many window axes, from the innermost, are unrolled, and how many positions a block has, so that sums, weights
  /// and one cell fit the registers.
  void choose_registers() {
    // Beside them live two cells, the operands and a constant of the epilogue, products that are not added in one step,
    // and, where instructions do not take operands from memory, cells that LLVM loads ahead (nearly all of a block in
    // scalar code).
    const plan::Machine& machine = emitter_.machine;
    const std::int64_t products = machine.has_fma ? 0 : 2;
    const std::int64_t ahead =
        machine.vector_registers >= 32 && !machine.has_masks ? (emitter_.lanes(DType::f32) == 1 ? 16 : 6) : 0;
    const std::int64_t registers =
        machine.vector_registers - 3 - static_cast<std::int64_t>(step_.epilogue_operands.size()) - products - ahead;
    const std::int64_t least = std::min<std::int64_t>(4, known_length());
    unrolled_ = depth_.size();
    while (unrolled_ > 0 && unrolled_cells() + least > registers) {
      --unrolled_;
    }
    const std::int64_t most = std::clamp<std::int64_t>(registers - unrolled_cells(), 1, kMostPositions);
    // Blocks of equal size: 14 positions are 7 + 7 rather than 8 + 6.
    const std::int64_t blocks = (known_length() + most - 1) / most;
    block_ = positions_.back().is_constant() ? (known_length() + blocks - 1) / blocks : most;
    if (shares_rows()) {
      block_rows_ = std::clamp<std::int64_t>((registers - unrolled_cells()) / block_, 1, kMostRows);
    }
  }

  /// Whether neighbouring rows of positions see cells of each other that one block finds by their places in memory.
  [[nodiscard]] bool shares_rows() const {
    if (row_axes() == 1 || depth_.size() < 2 || unrolled_ != depth_.size() || !row_stride(0).is_constant()) {
      return false;
    }
    const Dim& apart = left_stride(depth_.size() - 2);
    return apart.is_constant() && row_stride(0).constant() > 0 &&
           row_stride(0).constant() < apart.constant() * depth_[depth_.size() - 2];
  }

  [[nodiscard]] std::int64_t known_length() const {
    return positions_.back().is_constant() ? std::max<std::int64_t>(1, positions_.back().constant()) : kMostPositions;
  }

  [[nodiscard]] std::int64_t unrolled_cells() const { return product(std::span(depth_).last(unrolled_)); }

  /// Some rows of positions for one part of the channels. `row`, at the first of them: left over position, depth,
  /// channels; right over depth, channels; output and operands over position, channels.
  void emit_row(const std::vector<View>& row, std::int64_t rows, const Part& part) {
    const bool holds_weights = unrolled_ == depth_.size();
    const Values weights = holds_weights ? load_weights(row[1].base, part) : Values{};
    // Operands that no position changes, such as a bias, are loaded once.
    Values operands;
    for (std::size_t index = 3; index < row.size(); ++index) {
      const bool is_same = row[index].strides.front() == Dim(0) && (rows == 1 || row_stride(index) == Dim(0));
      operands.push_back(is_same ? emitter_.load(row[index], 1, part) : nullptr);
    }
    for_each_block(emitter_, emitter_.count(positions_.back()), block_, [&](llvm::Value* begin, std::int64_t size) {
      const std::array<llvm::Value*, 1> position = {begin};
      const View left = emitter_.at(row[0], position);
      llvm::Value* start = start_among(operands);
      Values sums(static_cast<std::size_t>(rows * size), start != nullptr ? start : emitter_.zero(dtype_, part.lanes));
      sums = sum_over(0, std::move(sums), {.left = left.base, .right = row[1].base, .rows = rows}, weights, part);
      if (is_float(dtype_) && calls_functions(step_.epilogue)) {
        sums = complete(emitter_, std::move(sums));
      }
      finish(row, operands, begin, {.values = sums, .rows = rows}, part);
    });
  }

  struct Window {
    llvm::Value* left;
    llvm::Value* right;
    std::int64_t rows;  // of the block
  };

  /// Loops over the window axes that are not unrolled, then the unrolled cells.
  Values sum_over(std::size_t axis, Values sums, const Window& window, const Values& weights, const Part& part) {
    if (axis + unrolled_ == depth_.size()) {
      return sum_cells(std::move(sums), window, weights.empty() ? load_weights(window.right, part) : weights, part);
    }
    return carry(
        emitter_, {.begin = emitter_.integer(0), .end = emitter_.integer(depth_[axis])}, std::move(sums),
        [&](llvm::Value* index, const Values& values) {
          const Window next{
              .left = emitter_.element_pointer(window.left, step_.left.dtype, index, left_stride(axis)),
              .right = emitter_.element_pointer(window.right, step_.right.dtype, index, step_.right.strides[axis]),
              .rows = window.rows};
          return sum_over(axis + 1, values, next, weights, part);
        });
  }

  [[nodiscard]] const Dim& left_stride(std::size_t depth_axis) const {
    return views_[0].strides[positions_.size() + depth_axis];
  }

  /// Offsets in elements of the unrolled cells, by the strides of an operand along the depth axes.
  template <class StrideOf>
  [[nodiscard]] std::vector<Dim> cell_offsets(const StrideOf& stride_of) const {
    std::vector<Dim> offsets = {0};
    for (std::size_t axis = depth_.size() - unrolled_; axis < depth_.size(); ++axis) {
      std::vector<Dim> next;
      for (const Dim& offset : offsets) {
        for (std::int64_t cell = 0; cell < depth_[axis]; ++cell) {
          next.push_back(offset + stride_of(axis) * cell);
        }
      }
      offsets = std::move(next);
    }
    return offsets;
  }

  llvm::Value* load_at(llvm::Value* base, const plan::Access& access, const Dim& offset, const Part& part) {
    const View view{
        .base = emitter_.moved(base, access.dtype, offset), .dtype = access.dtype, .strides = {access.strides.back()}};
    return emit_cast(emitter_, emitter_.load(view, 0, part), access.dtype, dtype_, part.lanes);
  }

  Values load_weights(llvm::Value* right, const Part& part) {
    Values weights;
    for (const Dim& offset : cell_offsets([&](std::size_t axis) { return step_.right.strides[axis]; })) {
      weights.push_back(load_at(right, step_.right, offset, part));
    }
    return weights;
  }

  /// Each cell of the block's field of view, in the order of memory, times every weight under which it lies.
  Values sum_cells(Values sums, const Window& window, const Values& weights, const Part& part) {
    const Dim& position_stride = views_[0].strides[positions_.size() - 1];
    const std::size_t of_row = sums.size() / static_cast<std::size_t>(window.rows);
    const std::vector<Dim> offsets = cell_offsets([&](std::size_t axis) { return left_stride(axis); });
    std::vector<std::tuple<Dim, std::size_t, std::size_t>> uses;  // offset, weight, position
    for (std::size_t cell = 0; cell < offsets.size(); ++cell) {
      for (std::size_t position = 0; position < sums.size(); ++position) {
        const auto row = static_cast<std::int64_t>(position / of_row);
        const auto along = static_cast<std::int64_t>(position % of_row);
        uses.emplace_back(offsets[cell] + row_stride(0) * row + position_stride * along, cell, position);
      }
    }
    // Every position adds its cells in the order of memory, whatever the block. Where the order in memory is known only
    // at run time they come in the order of the window.
    const auto is_known = [](const auto& use) { return std::get<0>(use).is_constant(); };
    if (std::all_of(uses.begin(), uses.end(), is_known)) {
      std::stable_sort(uses.begin(), uses.end(), [](const auto& a, const auto& b) {
        return std::get<0>(a).constant() < std::get<0>(b).constant();
      });
    }
    llvm::Value* loaded = nullptr;
    Dim loaded_offset;
    for (const auto& [offset, cell, position] : uses) {
      if (loaded == nullptr || !(offset == loaded_offset)) {
        loaded = load_at(window.left, step_.left, offset, part);
        loaded_offset = offset;
      }
      sums[position] = emit_multiply_add(emitter_, dtype_, loaded, weights[cell], sums[position]);
    }
    return sums;
  }

  struct Sums {
    const Values& values;  // by row, then position
    std::int64_t rows;
  };

  /// What sums start from, of the operands that all positions share; nullptr: 0.
  [[nodiscard]] llvm::Value* start_among(const Values& loaded) const {
    return start_ ? loaded[start_->operand - 1] : nullptr;
  }

  void finish(const std::vector<View>& row, const Values& loaded, llvm::Value* begin, const Sums& sums,
              const Part& part) {
    const auto of_row = static_cast<std::int64_t>(sums.values.size()) / sums.rows;
    const graph::MapExpression& epilogue = start_among(loaded) != nullptr ? start_->rest : step_.epilogue;
    const auto at_position = [&](std::size_t index, std::size_t number) {
      const auto place = static_cast<std::int64_t>(number);
      View view = row[index];
      view.base = emitter_.moved(view.base, view.dtype, row_stride(index) * (place / of_row));
      return emitter_.at(
          view, std::array<llvm::Value*, 1>{emitter_.builder.CreateAdd(begin, emitter_.integer(place % of_row))});
    };
    const auto result_of = [&](std::size_t number, llvm::Value* sum) {
      Values operands = {sum};
      for (std::size_t index = 3; index < row.size(); ++index) {
        const bool is_loaded = loaded[index - 3] != nullptr;
        operands.push_back(is_loaded ? loaded[index - 3] : emitter_.load(at_position(index, number), 0, part));
      }
      return emit_expression(emitter_, epilogue, operands, part.lanes);
    };
    // Of tanh the argument is needed to the end, for its sign; others are as fast in LLVM's order.
    const bool is_tanh = is_float(dtype_) && calls_function(epilogue, graph::MapOp::tanh);
    finish_sums(
        emitter_, sums.values, is_tanh ? Finish::one_by_one : Finish::as_llvm_orders, result_of,
        [&](std::size_t number, llvm::Value* result) { emitter_.store(result, at_position(2, number), 0, part); });
  }

  Emitter& emitter_;
  const DepthwiseStep& step_;
  std::vector<View> views_;  // left, right, output, operands of the epilogue
  DType dtype_;
  std::optional<SumStart> start_;
  std::vector<Dim> positions_;
  std::vector<std::int64_t> depth_;
  std::size_t unrolled_ = 0;
  std::int64_t block_ = 1;       // positions of a row
  std::int64_t block_rows_ = 1;  // rows
};

std::string key_of(const DepthwiseStep& step) {
  std::string key =
      fmt::format("depthwise {}|{}|{}|{}|{}|{}|{}", describe(step.positions), fmt::join(step.depth, ","), step.channels,
                  describe(step.left), describe(step.right), describe(step.epilogue), describe(step.output));
  for (const plan::Access& operand : step.epilogue_operands) {
    key += "|" + describe(operand);
  }
  return key;
}

}  // namespace

void emit_depthwise(Emitter& emitter, const DepthwiseStep& step) {
  std::vector<Emitter::Argument> arguments = {
      {.access = &step.left, .read_only = true}, {.access = &step.right, .read_only = true}, {.access = &step.output}};
  for (const plan::Access& operand : step.epilogue_operands) {
    arguments.push_back({.access = &operand});
  }
  emitter.call_shared(key_of(step), "depthwise", arguments, step.positions,
                      [&](std::span<const View> views) { Depthwise(emitter, step, views).emit(); });
}

}  // namespace kdlc::codegen
