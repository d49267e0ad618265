// Infers the type of every primitive.
#include "graph/infer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kdlc::graph {

namespace {

Inference problem(std::string sentence) {
  return {.problem = std::move(sentence)};
}

std::string wants_one_operand(const OperandTypes& operands) {
  return operands.size() == 1 ? "" : fmt::format("wants one operand and has {}", operands.size());
}

Inference infer_map(const Node& node, const OperandTypes& operands) {
  std::vector<DType> dtypes;
  for (const TensorType* operand : operands) {
    if (!broadcasts_into(operand->shape, node.type.shape)) {
      return problem(fmt::format("operand {} does not broadcast to {}", operand->to_text(), node.type.shape.to_text()));
    }
    dtypes.push_back(operand->dtype);
  }
  Inference result = infer_expression(attributes<MapAttributes>(node).expression, dtypes);
  result.type.shape = node.type.shape;
  return result;
}

Inference infer_window_reduce(const Node& node, const OperandTypes& operands) {
  const auto& window_reduce = attributes<WindowReduceAttributes>(node);
  if (operands.empty()) {
    return problem("wants an operand");
  }
  TensorType type = *operands[0];
  const std::size_t first = window_reduce.first_axis;
  if (window_reduce.windows.empty() || first + window_reduce.windows.size() > type.shape.axis_count()) {
    return problem(fmt::format("its windows do not fit the axes of {}", type.to_text()));
  }
  if (first == 0 && type.shape.has_batch()) {
    return problem("a window slides over the batch: this mixes samples");
  }
  if (window_reduce.reducer == Reducer::mean && !is_float(type.dtype)) {
    return problem("a mean needs floats");
  }
  for (std::size_t index = 0; index < window_reduce.windows.size(); ++index) {
    const WindowAxis& window = window_reduce.windows[index];
    if (window.size < 1 || window.stride < 1 || window.dilation < 1 || window.pad_low < 0 || window.pad_high < 0) {
      return problem("a window needs size, stride and dilation of at least 1, and padding of at least 0");
    }
    Dim& size = type.shape.axes[first + index];
    size = window_output_size(
        size, window.size,
        {.stride = window.stride, .dilation = window.dilation, .pad_low = window.pad_low, .pad_high = window.pad_high});
    if (size.is_constant() && size.constant() < 0) {
      return problem("a window is larger than its input");
    }
  }
  return infer_epilogue(window_reduce.epilogue, type, operands, 1);
}

Inference infer_reduce(const Node& node, const OperandTypes& operands) {
  const auto& reduce = attributes<ReduceAttributes>(node);
  if (operands.empty()) {
    return problem("wants an operand");
  }
  const TensorType& input = *operands[0];
  if (reduce.reducer == Reducer::mean && !is_float(input.dtype)) {
    return problem("a mean needs floats");
  }
  for (std::size_t index = 0; index < reduce.axes.size(); ++index) {
    if (reduce.axes[index] >= input.shape.axis_count() || (index > 0 && reduce.axes[index] <= reduce.axes[index - 1])) {
      return problem("its axes are not sorted or not there");
    }
  }
  if (!reduce.axes.empty() && reduce.axes[0] == 0 && input.shape.has_batch()) {
    return problem("it reduces the batch: this mixes samples");
  }
  TensorType type{.dtype = input.dtype};
  std::size_t next = 0;
  for (std::size_t axis = 0; axis < input.shape.axis_count(); ++axis) {
    const bool is_reduced = next < reduce.axes.size() && reduce.axes[next] == axis;
    next += is_reduced ? 1 : 0;
    if (!is_reduced || reduce.keep) {
      type.shape.axes.push_back(is_reduced ? Dim(1) : input.shape.axes[axis]);
    }
  }
  return infer_epilogue(reduce.epilogue, type, operands, 1);
}

Inference infer_rows(const Node& node, const OperandTypes& operands) {
  const auto& rows = attributes<RowsAttributes>(node);
  if (operands.empty() || rows.steps.empty() || rows.steps.back().reducer) {
    return problem("wants operands, and steps of which the last is a map");
  }
  TensorType type{.shape = operands[0]->shape};
  std::vector<DType> dtypes;
  for (const TensorType* operand : operands) {
    const std::optional<Shape> both = broadcast(type.shape, operand->shape);
    if (!both) {
      return problem("its operands do not broadcast against each other");
    }
    type.shape = *both;
    dtypes.push_back(operand->dtype);
  }
  for (const TensorType* operand : operands) {
    if (!broadcasts_into(operand->shape, type.shape)) {
      return problem(fmt::format("operand {} does not broadcast to {}", operand->to_text(), type.shape.to_text()));
    }
  }
  if (type.shape.axis_count() < (type.shape.has_batch() ? 2U : 1U)) {
    return problem("its rows would be the batch: this mixes samples");
  }
  for (const RowsStep& step : rows.steps) {
    Inference result = infer_expression(step.expression, dtypes);
    if (!result.problem.empty()) {
      return result;
    }
    if (step.reducer == Reducer::mean && !is_float(result.type.dtype)) {
      return problem("a mean needs floats");
    }
    dtypes.push_back(result.type.dtype);
  }
  type.dtype = dtypes.back();
  return {.type = std::move(type)};
}

Inference infer_reshape(const Node& node, const OperandTypes& operands) {
  const Shape& from = operands[0]->shape;
  const Shape& to = node.type.shape;
  if (from.has_batch() != to.has_batch()) {
    return problem(fmt::format("{} cannot become {}: the batch must stay", from.to_text(), to.to_text()));
  }
  if (!(from.without_batch().element_count() == to.without_batch().element_count())) {
    return problem(fmt::format("{} and {} differ in their number of elements", from.to_text(), to.to_text()));
  }
  return {.type = {.dtype = operands[0]->dtype, .shape = to}};
}

Inference infer_transpose(const Node& node, const OperandTypes& operands) {
  const auto& permutation = attributes<TransposeAttributes>(node).permutation;
  const Shape& from = operands[0]->shape;
  std::vector<bool> is_taken(from.axis_count(), false);
  if (permutation.size() != from.axis_count()) {
    return problem("its permutation has another number of axes");
  }
  TensorType type{.dtype = operands[0]->dtype};
  for (const std::uint32_t axis : permutation) {
    if (axis >= from.axis_count() || is_taken[axis]) {
      return problem("its permutation does not name every axis once");
    }
    is_taken[axis] = true;
    type.shape.axes.push_back(from.axes[axis]);
  }
  if (from.has_batch() && permutation[0] != 0) {
    return problem("it moves the batch");
  }
  return {.type = std::move(type)};
}

Inference infer_slice(const Node& node, const OperandTypes& operands) {
  const auto& slice = attributes<SliceAttributes>(node);
  const Shape& from = operands[0]->shape;
  const Shape& to = node.type.shape;
  const std::size_t count = from.axis_count();
  if (slice.begin.size() != count || slice.step.size() != count || to.axis_count() != count) {
    return problem("its ranges have another number of axes");
  }
  if (from.has_batch() && !(slice.begin[0] == Dim(0) && slice.step[0] == 1 && to.axes[0] == from.axes[0])) {
    return problem("it slices the batch: this mixes samples");
  }
  for (std::size_t axis = 0; axis < count; ++axis) {
    // A size that is known only at run time is checked where it is known.
    const Dim last = slice.begin[axis] + (to.axes[axis] - 1) * slice.step[axis];
    const Dim behind = from.axes[axis] - last;
    const Dim behind_begin = from.axes[axis] - slice.begin[axis];
    const auto is_below = [](const Dim& dim, std::int64_t limit) {
      return dim.is_constant() && dim.constant() < limit;
    };
    const bool is_empty = to.axes[axis] == Dim(0);
    if (slice.step[axis] == 0 || is_below(to.axes[axis], 0) ||
        (!is_empty &&
         (is_below(slice.begin[axis], 0) || is_below(last, 0) || is_below(behind, 1) || is_below(behind_begin, 1)))) {
      return problem(fmt::format("its range of axis {} leaves {}", axis, from.to_text()));
    }
  }
  return {.type = {.dtype = operands[0]->dtype, .shape = to}};
}

Inference infer_pad(const Node& node, const OperandTypes& operands) {
  const auto& pad = attributes<PadAttributes>(node);
  TensorType type = *operands[0];
  if (pad.low.size() != type.shape.axis_count() || pad.high.size() != type.shape.axis_count()) {
    return problem("its border has another number of axes");
  }
  if (type.shape.has_batch() && (pad.low[0] != 0 || pad.high[0] != 0)) {
    return problem("it pads the batch: this mixes samples");
  }
  for (std::size_t axis = 0; axis < pad.low.size(); ++axis) {
    if (pad.low[axis] < 0 || pad.high[axis] < 0) {
      return problem("a border is at least 0 wide");
    }
    type.shape.axes[axis] = type.shape.axes[axis] + pad.low[axis] + pad.high[axis];
  }
  return {.type = std::move(type)};
}

Inference infer_concat(const Node& node, const OperandTypes& operands) {
  const std::uint32_t axis = attributes<ConcatAttributes>(node).axis;
  if (operands.empty()) {
    return problem("wants an operand");
  }
  TensorType type = *operands[0];
  if (axis >= type.shape.axis_count() || (axis == 0 && type.shape.has_batch())) {
    return problem(fmt::format("cannot join {} along axis {}", type.to_text(), axis));
  }
  for (std::size_t index = 1; index < operands.size(); ++index) {
    const TensorType& other = *operands[index];
    bool fits = other.dtype == type.dtype && other.shape.axis_count() == type.shape.axis_count();
    for (std::size_t place = 0; fits && place < type.shape.axis_count(); ++place) {
      fits = place == axis || other.shape.axes[place] == type.shape.axes[place];
    }
    if (!fits) {
      return problem(fmt::format("cannot join {} and {} along axis {}", type.to_text(), other.to_text(), axis));
    }
    type.shape.axes[axis] = type.shape.axes[axis] + other.shape.axes[axis];
  }
  return {.type = std::move(type)};
}

Inference infer_gather(const Node& node, const OperandTypes& operands) {
  if (operands.size() != 2) {
    return problem(fmt::format("wants a table and ids and has {} operands", operands.size()));
  }
  const TensorType& table = *operands[0];
  const TensorType& ids = *operands[1];
  const std::uint32_t axis = attributes<GatherAttributes>(node).axis;
  if (!is_integer(ids.dtype)) {
    return problem(fmt::format("ids are whole numbers, not {}", ids.to_text()));
  }
  if (axis >= table.shape.axis_count() || (axis == 0 && table.shape.has_batch())) {
    return problem(fmt::format("cannot look up along axis {} of {}", axis, table.to_text()));
  }
  return {.type = {.dtype = table.dtype, .shape = gathered_shape(table.shape, ids.shape, axis)}};
}

Inference infer_constant(const Node& node) {
  const TensorData& data = attributes<ConstantAttributes>(node).data;
  TensorType type{.dtype = data.dtype};
  for (const std::int64_t size : data.shape) {
    type.shape.axes.emplace_back(size);
  }
  if (data.bytes.size() != static_cast<std::size_t>(data.element_count()) * size_bytes(data.dtype)) {
    return problem("its bytes do not fit its shape");
  }
  return {.type = std::move(type)};
}

}  // namespace

bool broadcasts_into(const Shape& operand, const Shape& target) {
  const std::size_t count = operand.axis_count();
  const std::size_t target_count = target.axis_count();
  if (count > target_count) {
    return false;
  }
  if (target.has_batch() ? operand.has_batch() != (count == target_count) : operand.has_batch()) {
    return false;
  }
  for (std::size_t axis = 0; axis < count; ++axis) {
    const Dim& size = operand.axes[axis];
    if (!(size == target.axes[target_count - count + axis]) && !(size == Dim(1))) {
      return false;
    }
  }
  return true;
}

Shape gathered_shape(const Shape& table, const Shape& ids, std::uint32_t axis) {
  Shape shape;
  std::vector<Dim>& axes = shape.axes;
  if (table.has_batch() || ids.has_batch()) {
    axes.push_back(Dim::batch());
  }
  const auto begin = table.axes.begin();
  const std::vector<Dim> places = ids.without_batch().axes;
  axes.insert(axes.end(), begin + (table.has_batch() ? 1 : 0), begin + axis);
  axes.insert(axes.end(), places.begin(), places.end());
  axes.insert(axes.end(), begin + axis + 1, table.axes.end());
  return shape;
}

Inference infer_type(const Node& node, const OperandTypes& operands) {
  if (node.attributes.index() != static_cast<std::size_t>(node.op)) {
    return problem("its attributes are those of another operation");
  }
  switch (node.op) {
    case Op::input:
    case Op::parameter:
    case Op::state:
      return operands.empty() ? Inference{.type = node.type} : problem("wants no operands");
    case Op::constant:
      return operands.empty() ? infer_constant(node) : problem("wants no operands");
    case Op::map:
      return infer_map(node, operands);
    case Op::contraction:
      return infer_contraction(node, operands);
    case Op::window_reduce:
      return infer_window_reduce(node, operands);
    case Op::reduce:
      return infer_reduce(node, operands);
    case Op::rows:
      return infer_rows(node, operands);
    case Op::concat:
      return infer_concat(node, operands);
    case Op::gather:
      return infer_gather(node, operands);
    case Op::scan:
      return infer_scan(node, operands);
    case Op::scan_slice:
    case Op::scan_state:
    case Op::scan_result:
    case Op::reshape:
    case Op::transpose:
    case Op::slice:
    case Op::pad:
      break;
  }
  std::string sentence = wants_one_operand(operands);
  if (!sentence.empty()) {
    return problem(std::move(sentence));
  }
  if (node.op == Op::scan_slice) {
    return infer_scan_slice(node, operands);
  }
  if (node.op == Op::scan_state || node.op == Op::scan_result) {
    return {.type = node.op == Op::scan_state ? *operands[0] : node.type};
  }
  if (node.op == Op::reshape) {
    return infer_reshape(node, operands);
  }
  if (node.op == Op::transpose) {
    return infer_transpose(node, operands);
  }
  return node.op == Op::slice ? infer_slice(node, operands) : infer_pad(node, operands);
}

}  // namespace kdlc::graph
