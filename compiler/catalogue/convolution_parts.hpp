// What convolutions and transposed convolutions share.
#pragma once

#include <initializer_list>

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// The names of a convolution's own axes: height, width, channels.
std::span<const std::string_view> convolution_axes(std::size_t axis_count);
/// The name of the `activation` setting's function; empty when none.
std::string activation_name(const Application& application);
/// The shape with its last axis replaced.
Shape with_last(Shape shape, std::initializer_list<Dim> last);
/// act(sum + bias): the sum [n, o…, out_channels], or [n, o…, groups, filters of a group], whose last two axes become
/// one.
std::vector<graph::NodeId> finish_convolution(Lowering& lowering, graph::NodeId sum, std::int64_t out_channels);

}  // namespace kdlc::catalogue
