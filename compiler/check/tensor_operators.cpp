// Operators on tensors: element types, NumPy's broadcasting behind the batch, matrix products.
#include <array>

#include <fmt/format.h>

#include "check/elaboration.hpp"
#include "check/literals.hpp"
#include "check/shape_chains.hpp"
#include "diagnostics/kinds.hpp"
#include "syntax/syntax.hpp"

namespace kdlc::check {

namespace {

using graph::MapOp;
using syntax::BinaryOp;

MapOp map_op_of(BinaryOp op) {
  switch (op) {
    case BinaryOp::add:
      return MapOp::add;
    case BinaryOp::subtract:
      return MapOp::subtract;
    case BinaryOp::multiply:
      return MapOp::multiply;
    case BinaryOp::divide:
      return MapOp::divide;
    case BinaryOp::remainder:
      return MapOp::remainder;
    case BinaryOp::power:
      return MapOp::power;
    case BinaryOp::equal:
      return MapOp::equal;
    case BinaryOp::not_equal:
      return MapOp::not_equal;
    case BinaryOp::less:
      return MapOp::less;
    case BinaryOp::less_equal:
      return MapOp::less_equal;
    case BinaryOp::greater:
      return MapOp::greater;
    case BinaryOp::greater_equal:
      return MapOp::greater_equal;
    case BinaryOp::logical_and:
      return MapOp::logical_and;
    case BinaryOp::logical_or:
      return MapOp::logical_or;
    case BinaryOp::approximately:
      return MapOp::subtract;  // in `expect`, whose sides must have a difference
    case BinaryOp::matmul:
      break;
  }
  KDLC_UNREACHABLE("no elementwise operator");
}

bool gives_flags(BinaryOp op) {
  switch (op) {
    case BinaryOp::equal:
    case BinaryOp::not_equal:
    case BinaryOp::less:
    case BinaryOp::less_equal:
    case BinaryOp::greater:
    case BinaryOp::greater_equal:
    case BinaryOp::logical_and:
    case BinaryOp::logical_or:
      return true;
    case BinaryOp::add:
    case BinaryOp::subtract:
    case BinaryOp::multiply:
    case BinaryOp::divide:
    case BinaryOp::remainder:
    case BinaryOp::power:
    case BinaryOp::matmul:
    case BinaryOp::approximately:
      return false;
  }
  KDLC_UNREACHABLE("all operators are listed");
}

/// The shape of an operator's result, N meeting only N; nullopt when the operands do not fit.
std::optional<Shape> broadcast_behind_batch(const Shape& left, const Shape& right) {
  if (left.has_batch() && right.has_batch() && left.axis_count() != right.axis_count()) {
    return std::nullopt;  // which axes the smaller one means is the reader's guess
  }
  if (left.has_batch() == right.has_batch()) {
    return broadcast(left, right);
  }
  const Shape& carrier = left.has_batch() ? left : right;
  const Shape& shared = left.has_batch() ? right : left;
  if (shared.axis_count() >= carrier.axis_count()) {
    return std::nullopt;  // an axis of the shared value would meet N
  }
  return broadcast(left, right);
}

bool stretches(const Shape& operand, const Shape& result) {
  const std::size_t offset = result.axis_count() - operand.axis_count();
  for (std::size_t axis = 0; axis < operand.axis_count(); ++axis) {
    if (!(operand.axes[axis] == result.axes[axis + offset])) {
      return true;
    }
  }
  return false;
}

std::string example_axes(const Shape& small, const Shape& large, bool at_front) {
  std::string text;
  const std::size_t own = small.without_batch().axis_count();
  const std::size_t missing = large.without_batch().axis_count() - own;
  const auto add = [&text](const std::string& axis) { text += (text.empty() ? "" : ", ") + axis; };
  if (at_front) {
    for (std::size_t axis = 0; axis < missing; ++axis) {
      add("1");
    }
  }
  for (const Dim& dim : small.without_batch().axes) {
    add(dim.to_text());
  }
  if (!at_front) {
    for (std::size_t axis = 0; axis < missing; ++axis) {
      add("1");
    }
  }
  return text;
}

void report_no_broadcast(Body& body, BinaryOp op, const OperatorSite& site, const Operand& left, const Operand& right) {
  const Shape& left_shape = left.value.as<Tensor>()->type.shape;
  const Shape& right_shape = right.value.as<Tensor>()->type.shape;
  Message& message = body.elaboration.pending.add(site.span, diag::BroadcastMismatch, left.text, left_shape.to_text(),
                                                  right.text, right_shape.to_text(), std::string(spelling(op)));
  message.label(left.span, left_shape.to_text()).label(right.span, right_shape.to_text());
  const bool left_is_small = left_shape.axis_count() < right_shape.axis_count();
  const Operand& small = left_is_small ? left : right;
  const Shape& small_shape = left_is_small ? left_shape : right_shape;
  const Shape& large_shape = left_is_small ? right_shape : left_shape;
  if (small_shape.has_batch() && small_shape.axis_count() < large_shape.axis_count() && large_shape.has_batch()) {
    message.help(fmt::format("say which axes are meant: `reshape({0}, {1})` or `reshape({0}, {2})`", small.text,
                             example_axes(small_shape, large_shape, true),
                             example_axes(small_shape, large_shape, false)));
    return;
  }
  for (std::size_t back = 1; back <= std::min(left_shape.axis_count(), right_shape.axis_count()); ++back) {
    const Dim& left_axis = left_shape.axes[left_shape.axis_count() - back];
    const Dim& right_axis = right_shape.axes[right_shape.axis_count() - back];
    if (!(left_axis == right_axis) && !(left_axis == Dim(1)) && !(right_axis == Dim(1))) {
      message.note(fmt::format("counted from the last, axis {} is {} on the left and {} on the right", back,
                               left_axis.to_text(), right_axis.to_text()));
      return;
    }
  }
}

/// A number beside a tensor takes the tensor's type; nullopt after K320 when it cannot.
std::optional<Tensor> number_as_tensor(Body& body, BinaryOp op, const Operand& number, const Operand& tensor) {
  const DType dtype = tensor.value.as<Tensor>()->type.dtype;
  const std::optional<double> given = as_number(number.value);
  const bool* flag = number.value.as<bool>();
  const bool is_flag_beside_flags = flag != nullptr && dtype == DType::boolean;
  if (!given && !is_flag_beside_flags) {
    Message& message =
        body.elaboration.pending.add(number.span, diag::TensorNeeded, describe(number.value), std::string(spelling(op)),
                                     number.span.begin < tensor.span.begin ? "left" : "right");
    if (is_applicable(number.value)) {
      message.help(fmt::format("apply it first: `x -> {}`", number.text));
    }
    return std::nullopt;
  }
  const bool is_whole = number.value.as<std::int64_t>() != nullptr;
  const bool is_float_number = !is_whole;
  if ((is_integer(dtype) && !is_whole) || (dtype == DType::boolean && !is_flag_beside_flags)) {
    body.elaboration.pending
        .add(tensor.span, diag::ElementType, fmt::format("`{}` ({})", tensor.text, name_of(dtype)),
             std::string(spelling(op)),
             fmt::format("{} beside `{}`", is_float_number ? "floating-point numbers" : "numbers", number.text))
        .label(number.span, is_float_number ? "has a fraction" : "a number")
        .help("convert it with `cast(f32)`", {tensor.span, fmt::format("cast({}, f32)", tensor.text)});
    return std::nullopt;
  }
  const double content = given ? *given : static_cast<double>(*flag);
  return Tensor{body.elaboration.builder->scalar(content, dtype), {dtype, {}}};
}

bool check_types(Body& body, BinaryOp op, const OperatorSite& site, const Operand& left, const Operand& right) {
  const DType left_type = left.value.as<Tensor>()->type.dtype;
  const DType right_type = right.value.as<Tensor>()->type.dtype;
  Report& pending = body.elaboration.pending;
  if (left_type != right_type) {
    // The whole number is usually the one to convert.
    const Operand& converted = is_float(left_type) || !is_float(right_type) ? right : left;
    const DType target = &converted == &right ? left_type : right_type;
    pending
        .add(site.span, diag::OperandTypes, left.text, std::string(name_of(left_type)), right.text,
             std::string(name_of(right_type)), std::string(spelling(op)))
        .label(left.span, left.value.as<Tensor>()->type.to_text())
        .label(right.span, right.value.as<Tensor>()->type.to_text())
        .help("convert one side", {converted.span, fmt::format("cast({}, {})", converted.text, name_of(target))});
    return false;
  }
  const bool joins = op == BinaryOp::logical_and || op == BinaryOp::logical_or;
  const bool is_equality = op == BinaryOp::equal || op == BinaryOp::not_equal;
  if (left_type == DType::boolean ? !joins && !is_equality : joins) {
    pending
        .add(site.span, diag::ElementType, left.value.as<Tensor>()->type.to_text(), std::string(spelling(op)),
             joins ? "`bool` operands" : "numbers")
        .label(left.span, left.value.as<Tensor>()->type.to_text())
        .help(joins ? "compare it: `x > 0`" : "convert it with `cast(x, f32)`");
    return false;
  }
  return true;
}

bool is_compiled(const Tensor& tensor) {
  return tensor.node.has_value();
}

void warn_both_stretch(Body& body, const OperatorSite& site, const Operand& left, const Operand& right,
                       const Shape& result) {
  const Shape& left_shape = left.value.as<Tensor>()->type.shape;
  const Shape& right_shape = right.value.as<Tensor>()->type.shape;
  const bool both_have_axes = left_shape.axis_count() > 0 && right_shape.axis_count() > 0;
  if (both_have_axes && stretches(left_shape, result) && stretches(right_shape, result)) {
    body.elaboration.pending
        .add(site.span, diag::BothStretch, left.text, left_shape.to_text(), right.text, right_shape.to_text())
        .note(fmt::format("the result is {}", result.to_text()));
  }
}

/// `left @ right`, whose types and primitives are the catalogue's.
Value multiply_matrices(Body& body, const OperatorSite& site, const Operand& left, const Operand& right) {
  for (const Operand* side : {&left, &right}) {
    if (!side->value.is_tensor()) {
      body.elaboration.pending.add(side->span, diag::TensorNeeded, describe(side->value), "@",
                                   side == &left ? "left" : "right");
      return {Unknown{}};
    }
  }
  const Tensor& left_tensor = *left.value.as<Tensor>();
  const Tensor& right_tensor = *right.value.as<Tensor>();
  const std::size_t said = body.elaboration.pending.size();
  const std::optional<TensorType> type =
      catalogue::infer_matmul({left_tensor.type, left.span, left.text}, {right_tensor.type, right.span, right.text},
                              site.span, body.elaboration.pending);
  if (!type) {
    const std::array<graph::NodeId, 2> nodes = {left_tensor.node, right_tensor.node};
    note_chains(body.elaboration, said, nodes);
    return {Unknown{}};
  }
  Tensor result{{}, *type};
  graph::Record record;
  record.kind = "@";
  record.path = application_path(body, record.kind, nullptr);
  record.span = site.span;
  record.inputs = {left_tensor.node, right_tensor.node};
  RecordScope scope(body, std::move(record));
  if (is_compiled(left_tensor) && is_compiled(right_tensor)) {
    result.node = catalogue::lower_matmul(*body.elaboration.builder, left_tensor.node, right_tensor.node);
  }
  scope.finish({result});
  return {result};
}

}  // namespace

Value combine_tensors(Body& body, BinaryOp op, const OperatorSite& site, const Operand& left_given,
                      const Operand& right_given) {
  Operand left = left_given;
  Operand right = right_given;
  for (Operand* side : {&left, &right}) {
    if (!side->value.is_tensor()) {
      const Operand& other = side == &left ? right : left;
      const std::optional<Tensor> converted = number_as_tensor(body, op, *side, other);
      if (!converted) {
        return {Unknown{}};
      }
      side->value = {*converted};
    }
  }
  if (!check_types(body, op, site, left, right)) {
    return {Unknown{}};
  }
  const Tensor& left_tensor = *left.value.as<Tensor>();
  const Tensor& right_tensor = *right.value.as<Tensor>();
  const std::optional<Shape> shape = broadcast_behind_batch(left_tensor.type.shape, right_tensor.type.shape);
  if (!shape) {
    const std::size_t said = body.elaboration.pending.size();
    report_no_broadcast(body, op, site, left, right);
    const std::array<graph::NodeId, 2> nodes = {left_tensor.node, right_tensor.node};
    note_chains(body.elaboration, said, nodes);
    return {Unknown{}};
  }
  warn_both_stretch(body, site, left, right, *shape);
  Tensor result{{}, {gives_flags(op) ? DType::boolean : left_tensor.type.dtype, *shape}};
  const std::string symbol(spelling(op));
  graph::Record record;
  record.path = application_path(body, symbol, nullptr);
  record.kind = symbol;
  record.span = site.span;
  record.inputs = {left_tensor.node, right_tensor.node};
  RecordScope scope(body, std::move(record));
  if (is_compiled(left_tensor) && is_compiled(right_tensor)) {
    result.node = body.elaboration.builder->map2(map_op_of(op), left_tensor.node, right_tensor.node);
  }
  scope.finish({result});
  return {result};
}

Value apply_binary(Body& body, BinaryOp op, const OperatorSite& site, const Operand& left, const Operand& right) {
  if (left.value.is_unknown() || right.value.is_unknown()) {
    return {Unknown{}};
  }
  if (left.value.is_tensor() || right.value.is_tensor()) {
    const Operand& tensor = left.value.is_tensor() ? left : right;
    Operand literal = left.value.is_tensor() ? right : left;
    if (literal.value.as<List>() != nullptr) {
      literal.value = literal_tensor(body, literal, tensor.value.as<Tensor>()->type.dtype, spelling(op));
      return left.value.is_tensor() ? apply_binary(body, op, site, left, literal)
                                    : apply_binary(body, op, site, literal, right);
    }
  }
  if (!left.value.is_tensor() && !right.value.is_tensor()) {
    return compute_binary(body, op, site, left, right);
  }
  if (!spend(body.elaboration, site.span)) {
    return {Unknown{}};
  }
  if (op == BinaryOp::approximately) {
    body.elaboration.pending.add(site.span, diag::NotCompileTime, "`~=`", "an operator of a model")
        .help("`~=` belongs into `expect`; here write `abs(a - b) < 1e-5`");
    return {Unknown{}};
  }
  if (op == BinaryOp::matmul) {
    return multiply_matrices(body, site, left, right);
  }
  return combine_tensors(body, op, site, left, right);
}

Value apply_unary(Body& body, syntax::UnaryOp op, const Span& span, const Operand& operand) {
  const bool negates = op == syntax::UnaryOp::negate;
  if (operand.value.is_unknown()) {
    return {Unknown{}};
  }
  if (const auto* tensor = operand.value.as<Tensor>()) {
    if (negates == (tensor->type.dtype == DType::boolean)) {
      body.elaboration.pending.add(span, diag::ElementType, tensor->type.to_text(), negates ? "-" : "not",
                                   negates ? "numbers" : "a `bool` tensor");
      return {Unknown{}};
    }
    graph::Record record;
    record.kind = negates ? "-" : "not";
    record.path = application_path(body, record.kind, nullptr);
    record.span = span;
    record.inputs = {tensor->node};
    RecordScope scope(body, std::move(record));
    Tensor result{{}, tensor->type};
    if (is_compiled(*tensor)) {
      result.node =
          body.elaboration.builder->map1(negates ? graph::MapOp::negate : graph::MapOp::logical_not, tensor->node);
    }
    scope.finish({result});
    return {result};
  }
  if (const bool* flag = operand.value.as<bool>(); flag != nullptr && !negates) {
    return {!*flag};
  }
  if (const auto* number = operand.value.as<double>(); number != nullptr && negates) {
    return {-*number};
  }
  if (as_dim(operand.value) && negates) {
    const Operand zero{{std::int64_t{0}}, span, "0"};
    return compute_binary(body, BinaryOp::subtract, {span, span}, zero, operand);
  }
  body.elaboration.pending.add(span, diag::NotCompileTime, describe(operand.value),
                               negates ? "a number behind `-`" : "a flag behind `not`");
  return {Unknown{}};
}

}  // namespace kdlc::check
