// Checks and words about the axes and element types of inputs that many layers share.
#pragma once

#include <initializer_list>

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// `2 axes`, `1 axis`.
std::string counted_axes(std::size_t count);
/// `` `image` ([N, 8], 2 axes) ``.
std::string named_with_axes(const BoundInput& input);
/// `` `image` (28×28×1) ``.
std::string named_with_shape(const BoundInput& input);
/// The given settings worth a column, in the order of declaration: `0.2`, `axis 1`.
std::string given_settings_text(const Application& application);
/// Parts joined by commas, empty ones left out.
std::string join_details(std::initializer_list<std::string> parts);

/// Converts the input in the source: a stage behind a value, whether that is a chain or an argument.
Edit cast_edit(const BoundInput& input, std::string_view dtype);

/// True when the input holds floating-point numbers, and those of `dtype:` when the layer has it and it is given; else
/// reports K320.
bool require_floats(const Application& application, std::size_t input = 0);
/// True when the input holds numbers, floating or whole; else reports K320.
bool require_numbers(const Application& application, std::size_t input = 0);
/// True when the input has N or not, then at least the axes named; else reports K310.
bool require_axes(const Application& application, std::span<const std::string_view> own_axes, std::size_t input = 0);
/// The number of axes before the layer's own last `own_count`: N and any further samples.
std::size_t leading_axis_count(const Application& application, std::size_t own_count, std::size_t input = 0);
/// The size of an axis that a weight depends on; nullopt after reporting K330.
std::optional<std::int64_t> static_size(const Application& application, std::size_t axis, std::string_view weight,
                                        std::size_t input = 0);

/// The axis counted from the front; nullopt after reporting K310 (no such axis) or K334 (the batch).
std::optional<std::uint32_t> resolve_axis(const Application& application, std::int64_t axis, const BoundInput& input,
                                          std::string_view setting = "axis");
/// The axes of a setting that holds one axis, a list of axes, or nothing (all axes but N); sorted, without repeats.
std::optional<std::vector<std::uint32_t>> resolve_axes(const Application& application, const BoundInput& input,
                                                       std::string_view setting = "axis");

/// The type after the `activation` setting of the layer; nullopt after reporting.
std::optional<TensorType> with_activation(const Application& application, TensorType type);
/// The node after the `activation` setting.
graph::NodeId apply_activation(Lowering& lowering, graph::NodeId node);

}  // namespace kdlc::catalogue
