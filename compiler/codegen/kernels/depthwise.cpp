// Depthwise convolutions: output[o, c] = epilogue(sum over k of left[o, k, c] × right[k, c]), channels across the
// vector.
//
// Loop order: positions but the innermost; vectors of channels; blocks of innermost positions. The weights of the
// window stay in registers over a row of positions where they fit; else the outer window axes are loops inside the
// block. A cell that several positions of the block see is loaded once.
#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>

#include "codegen/expression.hpp"
#include "codegen/kernels/kernels.hpp"
#include "codegen/loops.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

using plan::DepthwiseStep;

/// Positions that a block computes at once, at most.
constexpr std::int64_t kMostPositions = 8;

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
    const std::span<const Dim> outside(positions_.data(), positions_.size() - 1);
    for_each_position(emitter_, outside, [&](std::span<llvm::Value* const> indices) {
      std::vector<View> row = views_;
      for (std::size_t index = 0; index < row.size(); ++index) {
        if (index != 1) {
          row[index] = emitter_.at(row[index], indices);
        }
      }
      for_each_part(emitter_, emitter_.integer(step_.channels), emitter_.lanes(dtype_),
                    [&](const Part& part) { emit_row(row, part); });
    });
  }

private:
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
  }

  [[nodiscard]] std::int64_t known_length() const {
    return positions_.back().is_constant() ? std::max<std::int64_t>(1, positions_.back().constant()) : kMostPositions;
  }

  [[nodiscard]] std::int64_t unrolled_cells() const { return product(std::span(depth_).last(unrolled_)); }

  /// One row of positions for one part of the channels. `row`: left over position, depth, channels; right over depth,
  /// channels; output and operands over position, channels.
  void emit_row(const std::vector<View>& row, const Part& part) {
    const bool holds_weights = unrolled_ == depth_.size();
    const Values weights = holds_weights ? load_weights(row[1].base, part) : Values{};
    // Operands that no position of the row changes, such as a bias, are loaded once.
    Values operands;
    for (std::size_t index = 3; index < row.size(); ++index) {
      const bool is_same = row[index].strides.front() == Dim(0);
      operands.push_back(is_same ? emitter_.load(row[index], 1, part) : nullptr);
    }
    for_each_block(emitter_, emitter_.count(positions_.back()), block_, [&](llvm::Value* begin, std::int64_t size) {
      const std::array<llvm::Value*, 1> position = {begin};
      const View left = emitter_.at(row[0], position);
      Values sums(static_cast<std::size_t>(size), emitter_.zero(dtype_, part.lanes));
      sums = sum_over(0, std::move(sums), {.left = left.base, .right = row[1].base}, weights, part);
      finish(row, operands, begin, sums, part);
    });
  }

  struct Window {
    llvm::Value* left;
    llvm::Value* right;
  };

  /// Loops over the window axes that are not unrolled, then the unrolled cells.
  Values sum_over(std::size_t axis, Values sums, const Window& window, const Values& weights, const Part& part) {
    if (axis + unrolled_ == depth_.size()) {
      return sum_cells(std::move(sums), window.left, weights.empty() ? load_weights(window.right, part) : weights,
                       part);
    }
    return carry(
        emitter_, {.begin = emitter_.integer(0), .end = emitter_.integer(depth_[axis])}, std::move(sums),
        [&](llvm::Value* index, const Values& values) {
          const Window next{
              .left = emitter_.element_pointer(window.left, step_.left.dtype, index, left_stride(axis)),
              .right = emitter_.element_pointer(window.right, step_.right.dtype, index, step_.right.strides[axis])};
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
  Values sum_cells(Values sums, llvm::Value* left, const Values& weights, const Part& part) {
    const Dim& position_stride = views_[0].strides[positions_.size() - 1];
    const std::vector<Dim> offsets = cell_offsets([&](std::size_t axis) { return left_stride(axis); });
    std::vector<std::tuple<Dim, std::size_t, std::size_t>> uses;  // offset, weight, position
    for (std::size_t cell = 0; cell < offsets.size(); ++cell) {
      for (std::size_t position = 0; position < sums.size(); ++position) {
        uses.emplace_back(offsets[cell] + position_stride * static_cast<std::int64_t>(position), cell, position);
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
        loaded = load_at(left, step_.left, offset, part);
        loaded_offset = offset;
      }
      sums[position] = emit_multiply_add(emitter_, dtype_, loaded, weights[cell], sums[position]);
    }
    return sums;
  }

  void finish(const std::vector<View>& row, const Values& loaded, llvm::Value* begin, const Values& sums,
              const Part& part) {
    for (std::size_t number = 0; number < sums.size(); ++number) {
      const std::array<llvm::Value*, 1> position = {
          emitter_.builder.CreateAdd(begin, emitter_.integer(static_cast<std::int64_t>(number)))};
      Values operands = {sums[number]};
      for (std::size_t index = 3; index < row.size(); ++index) {
        const bool is_loaded = loaded[index - 3] != nullptr;
        operands.push_back(is_loaded ? loaded[index - 3] : emitter_.load(emitter_.at(row[index], position), 0, part));
      }
      llvm::Value* result = emit_expression(emitter_, step_.epilogue, operands, part.lanes);
      emitter_.store(result, emitter_.at(row[2], position), 0, part);
    }
  }

  Emitter& emitter_;
  const DepthwiseStep& step_;
  std::vector<View> views_;  // left, right, output, operands of the epilogue
  DType dtype_;
  std::vector<Dim> positions_;
  std::vector<std::int64_t> depth_;
  std::size_t unrolled_ = 0;
  std::int64_t block_ = 1;
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
