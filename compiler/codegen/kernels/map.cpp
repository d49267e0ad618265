// Map: output[a…] = expression(inputs[a…]).
//
//   for every position of the other axes
//     for the vector axis in whole vectors, then its tail:  load, compute, store
//
// Operands that do not move along the vector axis are loaded once for each position. A copy whose input is contiguous
// along another axis than the output goes by square tiles, turned over in registers.
#include <algorithm>
#include <array>
#include <optional>

#include "codegen/expression.hpp"
#include "codegen/kernels/kernels.hpp"
#include "codegen/kernels/nest.hpp"

namespace kdlc::codegen {
namespace {

/// A map as its function sees it, with the vector axis last.
struct Map {
  std::vector<Dim> outer;
  Dim inner;
  const graph::MapExpression& expression;
  std::vector<View> inputs;  // strides over outer, inner
  View output;
  std::int64_t lanes = 1;
};

/// Gathers and scatters cost an instruction a lane, so an axis is the better the more tensors it walks in steps of 0 or
/// 1, the output counting most.
int vector_merit(const plan::MapStep& step, std::size_t axis) {
  int merit = step.output.strides[axis] == Dim(1) ? 4 : 0;
  for (const plan::Access& input : step.inputs) {
    merit += input.strides[axis] == Dim(0) || input.strides[axis] == Dim(1) ? 1 : 0;
  }
  return step.axes[axis] == Dim(1) ? -1 : merit;
}

std::size_t choose_vector_axis(const plan::MapStep& step) {
  std::size_t best = step.axes.size() - 1;
  for (std::size_t axis = step.axes.size(); axis-- > 0;) {
    if (vector_merit(step, axis) > vector_merit(step, best)) {
      best = axis;
    }
  }
  return best;
}

View with_axis_last(View view, std::size_t axis) {
  std::rotate(view.strides.begin() + static_cast<std::ptrdiff_t>(axis),
              view.strides.begin() + static_cast<std::ptrdiff_t>(axis) + 1, view.strides.end());
  return view;
}

void emit_inner(Emitter& emitter, const Map& map, std::span<llvm::Value* const> position) {
  std::vector<View> inputs;
  Values repeated(map.inputs.size(), nullptr);
  for (std::size_t k = 0; k < map.inputs.size(); ++k) {
    inputs.push_back(emitter.at(map.inputs[k], position));
    if (inputs[k].strides[0] == Dim(0)) {
      repeated[k] = emitter.load_scalar(inputs[k].base, inputs[k].dtype);
    }
  }
  const View output = emitter.at(map.output, position);
  for_each_part(emitter, emitter.count(map.inner), map.lanes, [&](const Part& part) {
    Values operands;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      operands.push_back(repeated[k] != nullptr ? emitter.splat(repeated[k], part.lanes)
                                                : emitter.load(inputs[k], 0, part));
    }
    emitter.store(emit_expression(emitter, map.expression, operands, part.lanes), output, 0, part);
  });
}

/// The axis of `outer` along which a copy's input is contiguous while its output is contiguous along `inner`; nullopt
/// when the map is no such transposition of numbers, or too small for tiles.
std::optional<std::size_t> transposed_axis(const Map& map) {
  const bool is_copy =
      map.expression.is_identity() && map.inputs.size() == 1 && map.inputs[0].dtype == map.output.dtype;
  const auto is_long = [&map](const Dim& dim) { return !dim.is_constant() || dim.constant() >= map.lanes; };
  if (!is_copy || map.lanes < 4 || map.output.dtype == DType::boolean || map.output.strides.back() != Dim(1) ||
      map.inputs[0].strides.back() == Dim(1) || !is_long(map.inner)) {
    return std::nullopt;
  }
  for (std::size_t axis = 0; axis < map.outer.size(); ++axis) {
    if (map.inputs[0].strides[axis] == Dim(1) && is_long(map.outer[axis])) {
      return axis;
    }
  }
  return std::nullopt;
}

/// Rows of a square tile become its columns: log2(lanes) rounds, round r exchanging blocks of 2^r between rows 2^r
/// apart.
Values transpose_registers(Emitter& emitter, Values rows) {
  const std::size_t lanes = rows.size();
  for (std::size_t width = 1; width < lanes; width *= 2) {
    std::vector<int> low;
    std::vector<int> high;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const std::size_t kept = lane & ~width;
      const bool from_second = (lane & width) != 0;
      low.push_back(static_cast<int>(from_second ? lanes + kept : kept));
      high.push_back(static_cast<int>(from_second ? lanes + kept + width : kept + width));
    }
    for (std::size_t row = 0; row < lanes; ++row) {
      if ((row & width) == 0) {
        llvm::Value* first = rows[row];
        llvm::Value* second = rows[row + width];
        rows[row] = emitter.builder.CreateShuffleVector(first, second, low);
        rows[row + width] = emitter.builder.CreateShuffleVector(first, second, high);
      }
    }
  }
  return rows;
}

/// One tile: `lanes` vectors along the input's contiguous axis, stored along the output's.
void emit_tile(Emitter& emitter, const View& input, const View& output, llvm::Value* across, llvm::Value* along,
               std::int64_t lanes) {
  // Views have two axes here: 0 runs across (the input is contiguous), 1 along (the output is).
  Values rows;
  for (std::int64_t k = 0; k < lanes; ++k) {
    llvm::Value* index = emitter.builder.CreateAdd(along, emitter.integer(k));
    const View row{.base = emitter.element_pointer(input.base, input.dtype, index, input.strides[1]),
                   .dtype = input.dtype,
                   .strides = {input.strides[0]}};
    rows.push_back(emitter.load(row, 0, {.index = across, .lanes = lanes}));
  }
  rows = transpose_registers(emitter, rows);
  for (std::int64_t k = 0; k < lanes; ++k) {
    llvm::Value* index = emitter.builder.CreateAdd(across, emitter.integer(k));
    const View row{.base = emitter.element_pointer(output.base, output.dtype, index, output.strides[0]),
                   .dtype = output.dtype,
                   .strides = {output.strides[1]}};
    emitter.store(rows[static_cast<std::size_t>(k)], row, 0, {.index = along, .lanes = lanes});
  }
}

/// The plane of one position: whole tiles, then the two margins element by element.
void emit_transposed_plane(Emitter& emitter, const View& input, const View& output, llvm::Value* across_count,
                           llvm::Value* along_count, std::int64_t lanes) {
  llvm::IRBuilder<>& builder = emitter.builder;
  llvm::Value* across_whole = builder.CreateAnd(across_count, emitter.integer(-lanes));
  llvm::Value* along_whole = builder.CreateAnd(along_count, emitter.integer(-lanes));
  llvm::Value* zero = emitter.integer(0);
  const auto copy_element = [&](llvm::Value* across, llvm::Value* along) {
    const std::array<llvm::Value*, 2> place = {across, along};
    emitter.store_scalar(emitter.load_scalar(emitter.at(input, place).base, input.dtype),
                         emitter.at(output, place).base, output.dtype);
  };
  for_each(emitter, {.begin = zero, .end = across_whole, .step = lanes}, [&](llvm::Value* across) {
    for_each(emitter, {.begin = zero, .end = along_whole, .step = lanes},
             [&](llvm::Value* along) { emit_tile(emitter, input, output, across, along, lanes); });
    for_each(emitter, {.begin = along_whole, .end = along_count, .step = 1}, [&](llvm::Value* along) {
      for_each(emitter, emitter.integer(lanes),
               [&](llvm::Value* lane) { copy_element(builder.CreateAdd(across, lane), along); });
    });
  });
  for_each(emitter, {.begin = across_whole, .end = across_count, .step = 1}, [&](llvm::Value* across) {
    for_each(emitter, along_count, [&](llvm::Value* along) { copy_element(across, along); });
  });
}

View plane_of(Emitter& emitter, const View& view, std::size_t across_axis, std::span<llvm::Value* const> position) {
  View plane = view;
  plane.strides = {view.strides[across_axis], view.strides.back()};
  for (std::size_t axis = 0, index = 0; axis + 1 < view.strides.size(); ++axis) {
    if (axis != across_axis) {
      plane.base = emitter.element_pointer(plane.base, view.dtype, position[index++], view.strides[axis]);
    }
  }
  return plane;
}

void emit_transposition(Emitter& emitter, const Map& map, std::size_t across_axis) {
  std::vector<Dim> others = map.outer;
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(across_axis));
  for_each_position(emitter, others, [&](std::span<llvm::Value* const> position) {
    emit_transposed_plane(emitter, plane_of(emitter, map.inputs[0], across_axis, position),
                          plane_of(emitter, map.output, across_axis, position), emitter.count(map.outer[across_axis]),
                          emitter.count(map.inner), map.lanes);
  });
}

}  // namespace

void emit_map(Emitter& emitter, const plan::MapStep& step) {
  const std::vector<Emitter::Argument> arguments = kernel_arguments(step.inputs, step.output);
  const std::string key = "map " + describe(step.axes) + describe(step.expression) + describe_all(arguments);
  emitter.call_shared(key, "map", arguments, step.axes, [&](std::span<const View> views) {
    const std::size_t axis = choose_vector_axis(step);
    const std::array expressions = {&step.expression};
    Map map{.outer = step.axes, .inner = step.axes[axis], .expression = step.expression, .inputs = {}, .output = {}};
    map.outer.erase(map.outer.begin() + static_cast<std::ptrdiff_t>(axis));
    for (const View& view : views.first(step.inputs.size())) {
      map.inputs.push_back(with_axis_last(view, axis));
    }
    map.output = with_axis_last(views.back(), axis);
    map.lanes = map.output.strides.back() == Dim(1) ? common_lanes(emitter, arguments, expressions) : 1;
    if (const auto across = transposed_axis(map)) {
      emit_transposition(emitter, map, *across);
      return;
    }
    for_each_position(emitter, map.outer,
                      [&](std::span<llvm::Value* const> position) { emit_inner(emitter, map, position); });
  });
}

}  // namespace kdlc::codegen
