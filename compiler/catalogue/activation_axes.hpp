// The axis of activations that are not elementwise.
#pragma once

#include "catalogue/declare.hpp"

namespace kdlc::catalogue {

/// The axis counted from the front; it has been checked.
std::uint32_t axis_of(const TensorType& operand, double axis);
/// The operand's shape when settings[0] is one of its axes and not the batch; nullopt after reporting K310 or K334.
std::optional<Shape> infer_same_shape_along_axis(std::string_view name, const TensorType& operand,
                                                 std::span<const double> settings, const Span& span, Report& report);
/// The same for functions whose results sum to 1 along the axis; nullopt also after K328, an axis of one element.
std::optional<Shape> infer_sum_of_one(std::string_view name, const TensorType& operand,
                                      std::span<const double> settings, const Span& span, Report& report);

}  // namespace kdlc::catalogue
