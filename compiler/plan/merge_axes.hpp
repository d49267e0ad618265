// Makes loop nests shallow: drops axes of size 1 and merges neighbours that every tensor walks in one stride.
#pragma once

#include <cstdint>
#include <vector>

#include "types/dim.hpp"

namespace kdlc::plan {

/// A group of neighbouring axes with, for each tensor, its strides over them.
struct AxisGroup {
  std::vector<Dim> sizes;
  std::vector<std::vector<Dim>> strides;  // [tensor][axis]
};

/// Axes a, b become one of size a·b where for every tensor stride(a) = stride(b) × size(b), whatever the sizes that are
/// known only at run time. Order is kept.
AxisGroup merge_axes(const AxisGroup& group);

}  // namespace kdlc::plan
