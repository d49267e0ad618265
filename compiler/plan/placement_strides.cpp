// Strides of places: dense ones, those with room between rows, and what another shape or a part of a value sees.
#include "plan/arena.hpp"
#include "plan/placement.hpp"

namespace kdlc::plan {
namespace {

/// `row`: elements from one row of the last axis to the next.
Strides row_major_strides(const Shape& shape, const Dim& row) {
  Strides strides(shape.axes.size(), 1);
  Dim stride = row;
  for (std::size_t axis = shape.axes.size() - 1; axis-- > 0;) {
    strides[axis] = stride;
    if (!shape.axes[axis].is_batch()) {
      stride = stride * shape.axes[axis];
    }
  }
  return strides;
}

}  // namespace

std::optional<Placement> reshape_placement(const Placement& place, const Shape& from, const Shape& to) {
  if (from.has_batch() != to.has_batch()) {
    return std::nullopt;
  }
  const std::size_t batch_axes = from.has_batch() ? 1 : 0;
  const Strides inner(place.strides.begin() + static_cast<std::ptrdiff_t>(batch_axes), place.strides.end());
  const auto strides = reshape_strides(from.without_batch().axes, inner, to.without_batch().axes);
  if (!strides) {
    return std::nullopt;
  }
  Placement result = place;
  result.strides.assign(place.strides.begin(), place.strides.begin() + static_cast<std::ptrdiff_t>(batch_axes));
  result.strides.insert(result.strides.end(), strides->begin(), strides->end());
  return result;
}

Placement slice_placement(const Placement& place, const graph::SliceAttributes& slice) {
  Placement result = place;
  for (std::size_t axis = 0; axis < place.strides.size(); ++axis) {
    result.offset = result.offset + slice.begin[axis] * place.strides[axis];
    result.strides[axis] = place.strides[axis] * slice.step[axis];
  }
  return result;
}

Strides dense_strides(const Shape& shape) {
  return shape.axes.empty() ? Strides{} : row_major_strides(shape, shape.axes.back());
}

Strides spread_strides(const TensorType& type) {
  const std::vector<Dim>& axes = type.shape.axes;
  if (axes.size() < 2 || !axes.back().is_constant()) {
    return dense_strides(type.shape);
  }
  const auto element = static_cast<std::int64_t>(size_bytes(type.dtype));
  return row_major_strides(type.shape, off_half_pages(axes.back().constant() * element) / element);
}

std::optional<Strides> reshape_strides(const std::vector<Dim>& from_sizes, const Strides& from_strides,
                                       const std::vector<Dim>& to_sizes) {
  // Axes of size 1 carry no stride of their own; walk both shapes from the right, matching groups of equal product.
  std::vector<Dim> sizes;
  Strides strides;
  for (std::size_t axis = 0; axis < from_sizes.size(); ++axis) {
    if (from_sizes[axis] != Dim(1)) {
      sizes.push_back(from_sizes[axis]);
      strides.push_back(from_strides[axis]);
    }
  }
  Strides result(to_sizes.size(), 1);
  std::size_t from = sizes.size();
  Dim left_in_group = 1;  // elements of the current source group not yet given to a result axis
  Dim stride = 1;
  for (std::size_t to = to_sizes.size(); to-- > 0;) {
    const Dim& size = to_sizes[to];
    if (size == Dim(1)) {
      continue;
    }
    if (left_in_group == Dim(1)) {
      if (from == 0) {
        return std::nullopt;
      }
      --from;
      left_in_group = sizes[from];
      stride = strides[from];
    }
    // Contiguous neighbours join the group until it covers this axis.
    std::optional<Dim> rest;
    while (!(rest = exact_quotient(left_in_group, size))) {
      if (from == 0 || strides[from - 1] != stride * left_in_group) {
        return std::nullopt;
      }
      --from;
      left_in_group = left_in_group * sizes[from];
    }
    result[to] = stride;
    stride = stride * size;
    left_in_group = *rest;
  }
  return result;
}

std::string turn_symbol(graph::ScanId scan) {
  return "turn " + std::to_string(scan.value);  // no identifier of the language has a space in it
}

Placement step_placement(const Placement& sequence, std::uint32_t axis, bool from_end, graph::ScanId scan,
                         const Dim& steps) {
  Placement place = sequence;
  const Dim turn = Dim::symbol(turn_symbol(scan));
  place.offset = place.offset + (from_end ? steps - 1 - turn : turn) * place.strides[axis];
  place.strides.erase(place.strides.begin() + axis);
  return place;
}

}  // namespace kdlc::plan
