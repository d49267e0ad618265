// Letters that name the axes of contractions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kdlc::catalogue {

/// Letters of the samples: N, then any further ones. Disjoint from the letters that layers use for their own axes.
std::string leading_labels(std::size_t count);

inline constexpr std::string_view kSpatialLabels = "hwd";
inline constexpr std::string_view kWindowLabels = "pqr";

}  // namespace kdlc::catalogue
