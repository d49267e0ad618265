// Reduce: output[k…] = epilogue(reduction over r… of input[k…, r…]).
//
// Across (the input is contiguous along a kept axis, as in a global pool over channels-last maps):
//   for every other kept position, for every vector along the kept axis:  accumulators over all r…, epilogue, store
// Along (the input is contiguous along the last reduced axis):
//   for every kept position:  accumulators of lanes over all r…, joined at the end; epilogue, store
// Both split a sum over several accumulators, always in the same way for the same shape, so that the order of additions
// depends neither on the number of samples nor on the chunk.
#include <algorithm>
#include <array>
#include <optional>

#include "codegen/expression.hpp"
#include "codegen/kernels/kernels.hpp"
#include "codegen/kernels/nest.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

/// Enough to hide the latency of an addition: four cycles, one or two a cycle.
constexpr std::int64_t kAccumulators = 4;

struct Reduction {
  const plan::ReduceStep& step;
  std::vector<Dim> kept;       // the vector axis, when it is a kept one, is last
  View input;                  // strides over kept, reduced
  std::vector<View> operands;  // strides over kept
  View output;                 // strides over kept
  DType dtype = DType::f32;    // of the sum
  std::int64_t lanes = 1;
};

void move_last(plan::Strides& strides, std::size_t axis, std::size_t count) {
  const auto begin = strides.begin() + static_cast<std::ptrdiff_t>(axis);
  std::rotate(begin, begin + 1, strides.begin() + static_cast<std::ptrdiff_t>(count));
}

std::optional<std::size_t> contiguous_kept_axis(const plan::ReduceStep& step) {
  for (std::size_t axis = step.kept.size(); axis-- > 0;) {
    if (step.input.strides[axis] == Dim(1) && step.kept[axis] != Dim(1)) {
      return axis;
    }
  }
  return std::nullopt;
}

bool is_along(const plan::ReduceStep& step) {
  return step.input.strides.back() == Dim(1) && step.reduced.back() != Dim(1);
}

/// Sums of 16-bit floats would lose most of their digits.
DType accumulator_dtype(DType dtype) {
  return dtype == DType::f16 || dtype == DType::bf16 ? DType::f32 : dtype;
}

llvm::Value* widen(Emitter& emitter, llvm::Value* value, DType from, DType to, std::int64_t lanes) {
  if (from == to) {
    return value;
  }
  graph::MapBuilder builder;
  const graph::MapExpression cast = builder.finish(builder.cast(builder.operand(0, from), to));
  return emit_expression(emitter, cast, std::array{value}, lanes);
}

/// The epilogue of the finished reduction, stored.
void finish(Emitter& emitter, const Reduction& reduction, llvm::Value* value, std::span<const View> operands,
            const View& output, const Part& part) {
  const plan::ReduceStep& step = reduction.step;
  if (step.reducer == graph::Reducer::mean) {
    KDLC_ASSERT(is_float(reduction.dtype), "a mean is a float");
    llvm::Value* count = emitter.integer(1);
    for (const Dim& axis : step.reduced) {
      count = emitter.builder.CreateMul(count, emitter.count(axis));
    }
    llvm::Value* divisor = emitter.builder.CreateSIToFP(count, emitter.register_type(reduction.dtype));
    value = emitter.builder.CreateFDiv(value, emitter.splat(divisor, part.lanes));
  }
  value = widen(emitter, value, reduction.dtype, step.input.dtype, part.lanes);
  const Values values = epilogue_values(emitter, value, operands, part);
  emitter.store(emit_expression(emitter, step.epilogue, values, part.lanes), output, 0, part);
}

std::vector<View> at_all(Emitter& emitter, std::span<const View> views, std::span<llvm::Value* const> position) {
  std::vector<View> result;
  for (const View& view : views) {
    result.push_back(emitter.at(view, position));
  }
  return result;
}

llvm::Value* combine_all(Emitter& emitter, const plan::ReduceStep& step, DType dtype, const Values& values) {
  llvm::Value* result = values.front();
  for (std::size_t k = 1; k < values.size(); ++k) {
    result = emit_combine(emitter, step.reducer, dtype, result, values[k]);
  }
  return result;
}

/// One vector along the kept axis: the innermost reduced axis feeds the accumulators in turn.
llvm::Value* reduce_across(Emitter& emitter, const Reduction& reduction, const View& input, const Part& part) {
  const plan::ReduceStep& step = reduction.step;
  const auto load = [&](std::span<llvm::Value* const> outer, llvm::Value* innermost) {
    View cell{.base = emitter.element_pointer(input.base, input.dtype, innermost, input.strides.back()),
              .dtype = input.dtype,
              .strides = {input.strides.front()}};
    for (std::size_t axis = 0; axis < outer.size(); ++axis) {
      cell.base = emitter.element_pointer(cell.base, input.dtype, outer[axis], input.strides[1 + axis]);
    }
    return widen(emitter, emitter.load(cell, 0, part), input.dtype, reduction.dtype, part.lanes);
  };
  Values outer_counts;
  for (std::size_t axis = 0; axis + 1 < step.reduced.size(); ++axis) {
    outer_counts.push_back(emitter.count(step.reduced[axis]));
  }
  llvm::Value* count = emitter.count(step.reduced.back());
  llvm::Value* whole = emitter.builder.CreateAnd(count, emitter.integer(-kAccumulators));
  const Values identity(kAccumulators, reducer_identity(emitter, step.reducer, reduction.dtype, part.lanes));
  const Values sums =
      carry_nest(emitter, outer_counts, identity, [&](std::span<llvm::Value* const> outer, const Values& values) {
        const std::vector<llvm::Value*> outer_copy(outer.begin(), outer.end());
        const auto turn = [&](llvm::Value* index, const Values& carried, std::int64_t width) {
          Values next = carried;
          for (std::int64_t k = 0; k < width; ++k) {
            llvm::Value*& sum = next[static_cast<std::size_t>(k)];
            sum = emit_combine(emitter, step.reducer, reduction.dtype, sum,
                               load(outer_copy, emitter.builder.CreateAdd(index, emitter.integer(k))));
          }
          return next;
        };
        const Values most =
            carry(emitter, {.begin = emitter.integer(0), .end = whole, .step = kAccumulators}, values,
                  [&](llvm::Value* index, const Values& carried) { return turn(index, carried, kAccumulators); });
        return carry(emitter, {.begin = whole, .end = count, .step = 1}, most,
                     [&](llvm::Value* index, const Values& carried) { return turn(index, carried, 1); });
      });
  return combine_all(emitter, step, reduction.dtype, sums);
}

void emit_across(Emitter& emitter, const Reduction& reduction) {
  const std::span<const Dim> outer(reduction.kept.data(), reduction.kept.size() - 1);
  for_each_position(emitter, outer, [&](std::span<llvm::Value* const> position) {
    const View input = emitter.at(reduction.input, position);
    const std::vector<View> operands = at_all(emitter, reduction.operands, position);
    const View output = emitter.at(reduction.output, position);
    for_each_part(emitter, emitter.count(reduction.kept.back()), reduction.lanes, [&](const Part& part) {
      // The kept axis is axis 0 of `input`; the part's index along it is the same for every load.
      finish(emitter, reduction, reduce_across(emitter, reduction, input, part), operands, output, part);
    });
  });
}

/// Carried: kAccumulators vectors, then one scalar for what narrower parts give.
struct AlongSums {
  const Reduction& reduction;
  Emitter& emitter;

  Values identity() const {
    Values values(kAccumulators, reducer_identity(emitter, reducer(), reduction.dtype, reduction.lanes));
    values.push_back(reducer_identity(emitter, reducer(), reduction.dtype, 1));
    return values;
  }
  graph::Reducer reducer() const { return reduction.step.reducer; }

  Values add(const Values& carried, std::size_t which, const View& row, const Part& part) const {
    Values next = carried;
    llvm::Value* value = widen(emitter, emitter.load(row, 0, part), row.dtype, reduction.dtype, part.lanes);
    if (part.mask != nullptr) {
      value = emitter.builder.CreateSelect(part.mask, value,
                                           reducer_identity(emitter, reducer(), reduction.dtype, part.lanes));
    }
    const bool is_whole = part.lanes == reduction.lanes;
    if (!is_whole && part.lanes > 1) {
      value = emit_combine_lanes(emitter, reducer(), reduction.dtype, value);
    }
    llvm::Value*& sum = is_whole ? next[which] : next.back();
    sum = emit_combine(emitter, reducer(), reduction.dtype, sum, value);
    return next;
  }

  llvm::Value* total(const Values& sums) const {
    llvm::Value* lanes = combine_all(emitter, reduction.step, reduction.dtype, Values(sums.begin(), sums.end() - 1));
    if (reduction.lanes > 1) {
      lanes = emit_combine_lanes(emitter, reducer(), reduction.dtype, lanes);
    }
    return emit_combine(emitter, reducer(), reduction.dtype, lanes, sums.back());
  }
};

/// Adds one contiguous row: kAccumulators vectors at a time, then single vectors, then the tail.
Values add_row(Emitter& emitter, const Reduction& reduction, const View& row, llvm::Value* count,
               const Values& values) {
  const AlongSums sums{reduction, emitter};
  const std::int64_t block = kAccumulators * reduction.lanes;
  llvm::Value* whole = emitter.builder.CreateAnd(count, emitter.integer(-block));
  const Values most =
      carry(emitter, {.begin = emitter.integer(0), .end = whole, .step = block}, values,
            [&](llvm::Value* index, const Values& carried) {
              Values next = carried;
              for (std::int64_t k = 0; k < kAccumulators; ++k) {
                llvm::Value* place = emitter.builder.CreateAdd(index, emitter.integer(k * reduction.lanes));
                next = sums.add(next, static_cast<std::size_t>(k), row, {.index = place, .lanes = reduction.lanes});
              }
              return next;
            });
  View rest = row;
  rest.base = emitter.element_pointer(row.base, row.dtype, whole, row.strides.front());
  return carry_parts(emitter, emitter.builder.CreateSub(count, whole), reduction.lanes, most,
                     [&](const Part& part, const Values& carried) { return sums.add(carried, 0, rest, part); });
}

void emit_along(Emitter& emitter, const Reduction& reduction) {
  const plan::ReduceStep& step = reduction.step;
  const AlongSums sums{reduction, emitter};
  Values outer_counts;
  for (std::size_t axis = 0; axis + 1 < step.reduced.size(); ++axis) {
    outer_counts.push_back(emitter.count(step.reduced[axis]));
  }
  // The last kept axis is walked one element at a time by a part of one lane.
  const std::span<const Dim> outer(reduction.kept.data(), reduction.kept.size() - 1);
  for_each_position(emitter, outer, [&](std::span<llvm::Value* const> position) {
    const View input = emitter.at(reduction.input, position);
    const std::vector<View> operands = at_all(emitter, reduction.operands, position);
    const View output = emitter.at(reduction.output, position);
    for_each(emitter, emitter.count(reduction.kept.back()), [&](llvm::Value* index) {
      const View cells = emitter.at(input, std::array{index});
      const Values total = carry_nest(
          emitter, outer_counts, sums.identity(), [&](std::span<llvm::Value* const> indices, const Values& values) {
            return add_row(emitter, reduction, emitter.at(cells, indices), emitter.count(step.reduced.back()), values);
          });
      finish(emitter, reduction, sums.total(total), operands, output, {.index = index, .lanes = 1});
    });
  });
}

}  // namespace

void emit_reduce(Emitter& emitter, const plan::ReduceStep& step) {
  std::vector<plan::Access> read = {step.input};
  read.insert(read.end(), step.epilogue_operands.begin(), step.epilogue_operands.end());
  const std::vector<Emitter::Argument> arguments = kernel_arguments(read, step.output);
  std::vector<Dim> dims = step.kept;
  dims.insert(dims.end(), step.reduced.begin(), step.reduced.end());
  const std::string key = "reduce " + std::to_string(static_cast<int>(step.reducer)) + describe(step.kept) + "|" +
                          describe(step.reduced) + describe(step.epilogue) + describe_all(arguments);
  emitter.call_shared(key, "reduce", arguments, dims, [&](std::span<const View> views) {
    Reduction reduction{.step = step,
                        .kept = step.kept,
                        .input = views.front(),
                        .operands = {views.begin() + 1, views.end() - 1},
                        .output = views.back()};
    reduction.dtype = accumulator_dtype(step.input.dtype);
    const std::array expressions = {&step.epilogue};
    const std::int64_t lanes = std::min(common_lanes(emitter, arguments, expressions), emitter.lanes(reduction.dtype));
    const auto across = contiguous_kept_axis(step);
    if (!across && is_along(step)) {
      reduction.lanes = lanes;
      // A short row is joined in fewer rounds when its lanes are few.
      while (step.reduced.back().is_constant() && reduction.lanes / 2 >= step.reduced.back().constant()) {
        reduction.lanes /= 2;
      }
      emit_along(emitter, reduction);
      return;
    }
    const std::size_t axis = across.value_or(step.kept.size() - 1);
    reduction.lanes = across ? lanes : 1;
    std::rotate(reduction.kept.begin() + static_cast<std::ptrdiff_t>(axis),
                reduction.kept.begin() + static_cast<std::ptrdiff_t>(axis) + 1, reduction.kept.end());
    move_last(reduction.input.strides, axis, step.kept.size());
    move_last(reduction.output.strides, axis, step.kept.size());
    for (View& operand : reduction.operands) {
      move_last(operand.strides, axis, step.kept.size());
    }
    emit_across(emitter, reduction);
  });
}

}  // namespace kdlc::codegen
