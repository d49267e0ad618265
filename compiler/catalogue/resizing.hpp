// Images and sequences at another size, by half-pixel centres: what resize and upsample share.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

enum class Interpolation : std::uint8_t { nearest, bilinear };

/// The setting that names one.
Setting interpolation_setting(Interpolation default_value);
Interpolation interpolation_of(const Application& application);

/// The axis with `size` places: place i lies at (i + 0.5) · n / size - 0.5 of the old n, which are numbers. Nearest
/// takes the cell there, bilinear the two around, weighed by distance; cells beyond the ends are those at the ends.
graph::NodeId resize_axis(graph::Builder& builder, graph::NodeId x, std::uint32_t axis, std::int64_t size,
                          Interpolation interpolation);

}  // namespace kdlc::catalogue
