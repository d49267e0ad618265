// Convolutions in one, two and three dimensions: one inference and one lowering for all.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// The declaration of a convolution over `axis_count` axes, without name and summary.
Layer convolution_layer(std::size_t axis_count);
/// The declaration of a depthwise convolution over `axis_count` axes, without name and summary.
Layer depthwise_layer(std::size_t axis_count);
/// The declaration of a depthwise convolution followed by one of size 1, without name and summary.
Layer separable_layer(std::size_t axis_count);

}  // namespace kdlc::catalogue
