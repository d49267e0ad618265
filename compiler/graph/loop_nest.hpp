// A loop nest over several tensors at once: what the reference evaluator walks tensors with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kdlc::graph {

/// Axes from the outermost to the innermost, each with a stride in elements for each of `Count` tensors (0 repeats).
template <std::size_t Count>
class LoopNest {
public:
  using Offsets = std::array<std::int64_t, Count>;

  void add(std::int64_t size, const Offsets& strides) {
    is_empty_ = is_empty_ || size <= 0;
    if (size == 1) {
      return;
    }
    // An axis that goes on where the one inside it ends is the same axis: (size a, stride s × b) and (b, s) are (a × b,
    // s).
    if (!axes_.empty() && continues(axes_.back().strides, size, strides)) {
      axes_.back() = {axes_.back().size * size, strides};
      return;
    }
    axes_.push_back({size, strides});
  }

  /// Calls `body(offsets, size, strides)` for each innermost row, in row-major order.
  template <class Body>
  void for_each_row(Offsets offsets, Body&& body) const {
    if (is_empty_) {
      return;
    }
    if (axes_.empty()) {
      body(offsets, std::int64_t{1}, Offsets{});
      return;
    }
    const std::size_t outer_count = axes_.size() - 1;
    std::vector<std::int64_t> index(outer_count, 0);
    while (true) {
      body(offsets, axes_.back().size, axes_.back().strides);
      std::size_t axis = outer_count;
      while (axis > 0 && ++index[axis - 1] == axes_[axis - 1].size) {
        move(offsets, axes_[axis - 1], 1 - axes_[axis - 1].size);
        index[axis - 1] = 0;
        --axis;
      }
      if (axis == 0) {
        return;
      }
      move(offsets, axes_[axis - 1], 1);
    }
  }

private:
  struct Axis {
    std::int64_t size = 1;
    Offsets strides{};
  };

  static bool continues(const Offsets& outer, std::int64_t size, const Offsets& inner) {
    for (std::size_t tensor = 0; tensor < Count; ++tensor) {
      if (outer[tensor] != inner[tensor] * size) {
        return false;
      }
    }
    return true;
  }
  static void move(Offsets& offsets, const Axis& axis, std::int64_t turns) {
    for (std::size_t tensor = 0; tensor < Count; ++tensor) {
      offsets[tensor] += axis.strides[tensor] * turns;
    }
  }

  std::vector<Axis> axes_;
  bool is_empty_ = false;
};

}  // namespace kdlc::graph
