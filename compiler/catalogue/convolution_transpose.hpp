// Transposed convolutions in one, two and three dimensions.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// The declaration of a transposed convolution over `axis_count` axes, without name and summary.
Layer convolution_transpose_layer(std::size_t axis_count);

}  // namespace kdlc::catalogue
