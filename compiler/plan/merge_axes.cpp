// Merging of loop axes.
#include "plan/merge_axes.hpp"

#include <algorithm>

namespace kdlc::plan {
namespace {

bool can_merge(const AxisGroup& group, std::size_t outer, std::size_t inner) {
  return std::all_of(group.strides.begin(), group.strides.end(), [&](const std::vector<Dim>& strides) {
    return strides[outer] == strides[inner] * group.sizes[inner];
  });
}

AxisGroup without_unit_axes(const AxisGroup& group) {
  AxisGroup result;
  result.strides.resize(group.strides.size());
  for (std::size_t axis = 0; axis < group.sizes.size(); ++axis) {
    if (group.sizes[axis] == Dim(1)) {
      continue;
    }
    result.sizes.push_back(group.sizes[axis]);
    for (std::size_t tensor = 0; tensor < group.strides.size(); ++tensor) {
      result.strides[tensor].push_back(group.strides[tensor][axis]);
    }
  }
  return result;
}

}  // namespace

AxisGroup merge_axes(const AxisGroup& group) {
  const AxisGroup dense = without_unit_axes(group);
  AxisGroup result;
  result.strides.resize(dense.strides.size());
  // From the innermost axis outwards; results are built in reverse.
  for (std::size_t axis = dense.sizes.size(); axis-- > 0;) {
    AxisGroup pair;
    if (!result.sizes.empty()) {
      pair.sizes = {dense.sizes[axis], result.sizes.back()};
      for (std::size_t tensor = 0; tensor < dense.strides.size(); ++tensor) {
        pair.strides.push_back({dense.strides[tensor][axis], result.strides[tensor].back()});
      }
    }
    if (!result.sizes.empty() && can_merge(pair, 0, 1)) {
      result.sizes.back() = result.sizes.back() * dense.sizes[axis];
      continue;
    }
    result.sizes.push_back(dense.sizes[axis]);
    for (std::size_t tensor = 0; tensor < dense.strides.size(); ++tensor) {
      result.strides[tensor].push_back(dense.strides[tensor][axis]);
    }
  }
  std::reverse(result.sizes.begin(), result.sizes.end());
  for (std::vector<Dim>& strides : result.strides) {
    std::reverse(strides.begin(), strides.end());
  }
  return result;
}

}  // namespace kdlc::plan
