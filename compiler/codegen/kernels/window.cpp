// Window reduction: output[p…, c] = epilogue(reduction over w… of input[p…, w…, c]), real cells only.
//
//   for every position:  for every vector of channels:  for every real cell of the window:  accumulate;  epilogue,
//   store
//
// Where the whole window lies inside the input its cells are straight code; at a border the loops over the window run
// from its first to its last real cell, so that no cell is asked about twice.
#include <algorithm>
#include <array>

#include "codegen/expression.hpp"
#include "codegen/kernels/kernels.hpp"
#include "codegen/kernels/nest.hpp"
#include "support/assert.hpp"

namespace kdlc::codegen {
namespace {

/// Larger windows stay loops inside the input too.
constexpr std::int64_t kStraightCells = 32;

/// The real cells of one window axis at one position.
struct RealRange {
  llvm::Value* begin = nullptr;
  llvm::Value* end = nullptr;
};

struct Window {
  const plan::WindowStep& step;
  std::vector<View> operands;  // strides over channels, at the position
  View input;                  // strides over windows, channels, at the position
  View output;                 // strides over channels, at the position
  std::int64_t lanes = 1;
};

std::int64_t cell_count(const plan::WindowStep& step) {
  std::int64_t cells = 1;
  for (const plan::WindowStep::Axis& axis : step.windows) {
    cells *= axis.size;
  }
  return cells;
}

/// Whether every window along the axis lies inside the input, whatever the position.
bool never_leaves(const plan::WindowStep& step, const plan::WindowStep::Axis& axis) {
  const Dim& positions = step.positions[axis.position];
  if (!positions.is_constant() || !axis.input_size.is_constant()) {
    return false;
  }
  const std::int64_t last = (positions.constant() - 1) * axis.stride + (axis.size - 1) * axis.dilation - axis.pad_low;
  return axis.pad_low <= 0 && last < axis.input_size.constant();
}

/// ceil(numerator / divisor), not below 0.
llvm::Value* ceil_divide_or_zero(Emitter& emitter, llvm::Value* numerator, std::int64_t divisor) {
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Value* positive = builder.CreateBinaryIntrinsic(llvm::Intrinsic::smax, numerator, emitter.integer(0));
  return builder.CreateUDiv(builder.CreateAdd(positive, emitter.integer(divisor - 1)), emitter.integer(divisor));
}

/// 0 <= position × stride + w × dilation - pad_low < input_size, solved for w.
RealRange real_range(Emitter& emitter, const plan::WindowStep& step, const plan::WindowStep::Axis& axis,
                     llvm::Value* position) {
  if (never_leaves(step, axis)) {
    return {emitter.integer(0), emitter.integer(axis.size)};
  }
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Value* start =
      builder.CreateSub(builder.CreateMul(position, emitter.integer(axis.stride)), emitter.integer(axis.pad_low));
  llvm::Value* begin = ceil_divide_or_zero(emitter, builder.CreateNeg(start), axis.dilation);
  llvm::Value* end =
      ceil_divide_or_zero(emitter, builder.CreateSub(emitter.count(axis.input_size), start), axis.dilation);
  llvm::Value* size = emitter.integer(axis.size);
  return {begin, builder.CreateBinaryIntrinsic(llvm::Intrinsic::smin, end, size)};
}

llvm::Value* is_whole(Emitter& emitter, const plan::WindowStep& step, std::span<const RealRange> ranges) {
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Value* result = builder.getTrue();
  for (std::size_t axis = 0; axis < ranges.size(); ++axis) {
    result = builder.CreateAnd(result, builder.CreateICmpEQ(ranges[axis].begin, emitter.integer(0)));
    result =
        builder.CreateAnd(result, builder.CreateICmpEQ(ranges[axis].end, emitter.integer(step.windows[axis].size)));
  }
  return result;
}

llvm::Value* load_cell(Emitter& emitter, const Window& window, std::span<llvm::Value* const> cell, const Part& part) {
  return emitter.load(emitter.at(window.input, cell), 0, part);
}

/// All cells as straight code, in row-major order.
llvm::Value* reduce_straight(Emitter& emitter, const Window& window, const Part& part) {
  const plan::WindowStep& step = window.step;
  llvm::Value* sum = nullptr;
  for (std::int64_t number = 0; number < cell_count(step); ++number) {
    Values cell(step.windows.size());
    std::int64_t rest = number;
    for (std::size_t axis = step.windows.size(); axis-- > 0;) {
      cell[axis] = emitter.integer(rest % step.windows[axis].size);
      rest /= step.windows[axis].size;
    }
    llvm::Value* value = load_cell(emitter, window, cell, part);
    sum = sum == nullptr ? value : emit_combine(emitter, step.reducer, step.input.dtype, sum, value);
  }
  return sum;
}

llvm::Value* reduce_clamped(Emitter& emitter, const Window& window, std::span<const RealRange> ranges,
                            const Part& part) {
  const plan::WindowStep& step = window.step;
  Values counts;
  for (const RealRange& range : ranges) {
    counts.push_back(emitter.builder.CreateSub(range.end, range.begin));
  }
  const Values identity = {reducer_identity(emitter, step.reducer, step.input.dtype, part.lanes)};
  return carry_nest(emitter, counts, identity,
                    [&](std::span<llvm::Value* const> offsets, const Values& values) {
                      Values cell;
                      for (std::size_t axis = 0; axis < offsets.size(); ++axis) {
                        cell.push_back(emitter.builder.CreateAdd(ranges[axis].begin, offsets[axis]));
                      }
                      llvm::Value* value = load_cell(emitter, window, cell, part);
                      return Values{emit_combine(emitter, step.reducer, step.input.dtype, values[0], value)};
                    })
      .front();
}

/// All channels of one position; `count` is the number of real cells, for a mean.
void emit_channels(Emitter& emitter, const Window& window, llvm::Value* count,
                   const std::function<llvm::Value*(const Part& part)>& reduce) {
  const plan::WindowStep& step = window.step;
  llvm::Value* divisor = nullptr;
  if (step.reducer == graph::Reducer::mean) {
    KDLC_ASSERT(is_float(step.input.dtype), "a mean is a float");
    divisor = emitter.builder.CreateSIToFP(count, emitter.register_type(step.input.dtype));
  }
  for_each_part(emitter, emitter.count(step.channels), window.lanes, [&](const Part& part) {
    llvm::Value* value = reduce(part);
    if (divisor != nullptr) {
      value = emitter.builder.CreateFDiv(value, emitter.splat(divisor, part.lanes));
    }
    const Values values = epilogue_values(emitter, value, window.operands, part);
    emitter.store(emit_expression(emitter, step.epilogue, values, part.lanes), window.output, 0, part);
  });
}

void emit_position(Emitter& emitter, const Window& window, std::span<llvm::Value* const> position) {
  const plan::WindowStep& step = window.step;
  std::vector<RealRange> ranges;
  llvm::Value* count = emitter.integer(1);
  for (const plan::WindowStep::Axis& axis : step.windows) {
    ranges.push_back(real_range(emitter, step, axis, position[axis.position]));
    count = emitter.builder.CreateMul(count, emitter.builder.CreateSub(ranges.back().end, ranges.back().begin));
  }
  const auto clamped = [&] {
    emit_channels(emitter, window, count,
                  [&](const Part& part) { return reduce_clamped(emitter, window, ranges, part); });
  };
  const auto straight = [&] {
    emit_channels(emitter, window, emitter.integer(cell_count(step)),
                  [&](const Part& part) { return reduce_straight(emitter, window, part); });
  };
  if (cell_count(step) > kStraightCells) {
    clamped();
    return;
  }
  llvm::Value* whole = is_whole(emitter, step, ranges);
  if (llvm::isa<llvm::ConstantInt>(whole)) {
    straight();
    return;
  }
  if_then(emitter, whole, straight);
  if_then(emitter, emitter.builder.CreateNot(whole), clamped);
}

/// Lanes of the values that a large window is reduced by: several vectors of channels side by side, where the channels
/// are a multiple, so that a cell's addition need not wait for the one of the cell before.
std::int64_t side_by_side(const plan::WindowStep& step, std::int64_t lanes) {
  constexpr std::int64_t kMostVectors = 4;
  const std::int64_t most = lanes * kMostVectors;
  while (lanes > 1 && cell_count(step) > kStraightCells && 2 * lanes <= most && step.channels.is_constant() &&
         step.channels.constant() % (2 * lanes) == 0) {
    lanes *= 2;
  }
  return lanes;
}

View over_channels(View view) {
  view.strides = {view.strides.back()};
  return view;
}

}  // namespace

void emit_window(Emitter& emitter, const plan::WindowStep& step) {
  std::vector<plan::Access> read = {step.input};
  read.insert(read.end(), step.epilogue_operands.begin(), step.epilogue_operands.end());
  const std::vector<Emitter::Argument> arguments = kernel_arguments(read, step.output);
  std::vector<Dim> dims = step.positions;
  dims.push_back(step.channels);
  std::string key = "window " + std::to_string(static_cast<int>(step.reducer));
  for (const plan::WindowStep::Axis& axis : step.windows) {
    dims.push_back(axis.input_size);
    for (const std::int64_t number :
         {std::int64_t{axis.position}, axis.size, axis.stride, axis.dilation, axis.pad_low}) {
      key += "," + std::to_string(number);
    }
  }
  key += " " + describe(dims) + describe(step.epilogue) + describe_all(arguments);
  emitter.call_shared(key, "window", arguments, dims, [&](std::span<const View> views) {
    const std::array expressions = {&step.epilogue};
    const bool is_contiguous = step.input.strides.back() == Dim(1);
    const std::int64_t lanes = is_contiguous ? side_by_side(step, common_lanes(emitter, arguments, expressions)) : 1;
    for_each_position(emitter, step.positions, [&](std::span<llvm::Value* const> position) {
      Window window{.step = step,
                    .operands = {},
                    .input = emitter.at(views.front(), position),
                    .output = over_channels(emitter.at(views.back(), position)),
                    .lanes = lanes};
      for (const View& operand : views.subspan(1, step.epilogue_operands.size())) {
        window.operands.push_back(over_channels(emitter.at(operand, position)));
      }
      const std::vector<llvm::Value*> place(position.begin(), position.end());
      emit_position(emitter, window, place);
    });
  });
}

}  // namespace kdlc::codegen
