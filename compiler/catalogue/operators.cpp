// The operators that are no layers: broadcasting and the matrix product.
#include "catalogue/operators.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "catalogue/axes.hpp"
#include "catalogue/labels.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
bool same_element_type(std::string_view verb, const BoundInput& left, const BoundInput& right, const Span& span,
                       Report& report) {
  if (left.type.dtype == right.type.dtype) {
    return true;
  }
  report
      .add(span, diag::OperandTypes, left.text, std::string(name_of(left.type.dtype)), right.text,
           std::string(name_of(right.type.dtype)), std::string(verb))
      .label(left.span, std::string(name_of(left.type.dtype)))
      .label(right.span, std::string(name_of(right.type.dtype)));
  return false;
}

std::optional<Shape> broadcast_samples(const Shape& left, const Shape& right) {
  const bool both_carry = left.has_batch() && right.has_batch();
  if (both_carry && left.axis_count() != right.axis_count()) {
    return std::nullopt;
  }
  const std::optional<Shape> result = broadcast(left, right);
  if (!result || ((left.has_batch() || right.has_batch()) && !result->has_batch())) {
    return std::nullopt;
  }
  return result;
}

std::optional<TensorType> infer_broadcast(std::string_view verb, const BoundInput& left, const BoundInput& right,
                                          const Span& span, Report& report) {
  const bool one_type = same_element_type(verb, left, right, span, report);
  const Shape& left_shape = left.type.shape;
  const Shape& right_shape = right.type.shape;
  const std::optional<Shape> shape = broadcast_samples(left_shape, right_shape);
  if (!shape) {
    Message& message = report.add(span, diag::BroadcastMismatch, left.text, left_shape.to_text(), right.text,
                                  right_shape.to_text(), std::string(verb));
    message.label(left.span, left_shape.to_text()).label(right.span, right_shape.to_text());
    if (left_shape.has_batch() && right_shape.has_batch() && left_shape.axis_count() != right_shape.axis_count()) {
      const BoundInput& shorter = left_shape.axis_count() < right_shape.axis_count() ? left : right;
      message.help(fmt::format("say which axes those of `{}` are: `reshape({}, …)` with a 1 for each other axis",
                               shorter.text, shorter.text));
    }
    return std::nullopt;
  }
  return one_type ? std::optional(TensorType{.dtype = left.type.dtype, .shape = *shape}) : std::nullopt;
}

namespace {

/// `0, 2, 1`: the axes of transpose that exchange the last two.
std::string last_two_exchanged(std::size_t axis_count) {
  std::string axes;
  for (std::size_t axis = 0; axis + 2 < axis_count; ++axis) {
    axes += fmt::format("{}, ", axis);
  }
  return axes + fmt::format("{}, {}", axis_count - 1, axis_count - 2);
}

}  // namespace

std::optional<TensorType> infer_matmul(const BoundInput& left, const BoundInput& right, const Span& span,
                                       Report& report) {
  const bool one_type = same_element_type("@", left, right, span, report);
  const Shape& a = left.type.shape;
  const Shape& b = right.type.shape;
  const std::size_t b_own = b.without_batch().axis_count();
  const auto mismatch = [&] {
    Message& message = report.add(span, diag::MatmulMismatch, left.text, a.to_text(), right.text, b.to_text());
    message.label(left.span, a.to_text()).label(right.span, b.to_text());
    if (b_own >= 2 && a.axis_count() >= 2 && a.axes.back() == b.axes.back()) {
      message.help(fmt::format("their last axes fit: turn the second one, `{} @ transpose({}, {})`", left.text,
                               right.text, last_two_exchanged(b.axis_count())));
    }
    return std::nullopt;
  };
  // The left side may be [N, k]: the samples are its rows. The right side needs two axes that are no samples.
  if (a.without_batch().axis_count() < 1 || a.axis_count() < 2 || b_own < 2) {
    return mismatch();
  }
  if (a.axes.back() != b.axes[b.axis_count() - 2]) {
    return mismatch();
  }
  const Shape a_outer{{a.axes.begin(), a.axes.end() - 2}};
  const Shape b_outer{{b.axes.begin(), b.axes.end() - 2}};
  std::optional<Shape> outer = a_outer;
  if (!b_outer.axes.empty()) {
    outer = a.axis_count() == 2 && a.has_batch() ? std::nullopt : broadcast_samples(a_outer, b_outer);
  }
  if (!outer) {
    return mismatch();
  }
  outer->axes.push_back(a.axes[a.axis_count() - 2]);
  outer->axes.push_back(b.axes.back());
  return one_type ? std::optional(TensorType{.dtype = left.type.dtype, .shape = *outer}) : std::nullopt;
}

graph::NodeId lower_matmul(graph::Builder& builder, graph::NodeId left, graph::NodeId right) {
  const Shape left_shape = builder.type(left).shape;
  const Shape right_shape = builder.type(right).shape;
  const std::size_t outer_count = std::max(left_shape.axis_count(), right_shape.axis_count()) - 2;
  const std::string labels = leading_labels(outer_count);
  // Every outer axis has the label of its place from the right; one of size 1 that the other side stretches is dropped.
  const auto drop_stretched = [&](graph::NodeId operand, const Shape& shape, const Shape& other,
                                  std::string& own_labels) {
    Shape kept;
    const std::size_t own = shape.axis_count() - 2;
    for (std::size_t axis = 0; axis < own; ++axis) {
      const std::size_t from_end = own - axis;
      const std::size_t other_own = other.axis_count() - 2;
      const bool stretched =
          shape.axes[axis] == Dim(1) && from_end <= other_own && other.axes[other_own - from_end] != Dim(1);
      if (!stretched) {
        kept.axes.push_back(shape.axes[axis]);
        own_labels += labels[outer_count - from_end];
      }
    }
    kept.axes.insert(kept.axes.end(), shape.axes.end() - 2, shape.axes.end());
    return kept == shape ? operand : builder.reshape(operand, kept);
  };
  graph::ContractionAttributes attributes;
  const graph::NodeId left_operand = drop_stretched(left, left_shape, right_shape, attributes.left);
  const graph::NodeId right_operand = drop_stretched(right, right_shape, left_shape, attributes.right);
  attributes.left += "ik";
  attributes.right += "kf";
  attributes.output = labels + "if";
  return builder.contraction(std::move(attributes), left_operand, right_operand);
}

}  // namespace kdlc::catalogue
