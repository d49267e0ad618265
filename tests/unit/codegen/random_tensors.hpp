// Tensors of random layout for tests of kernels: strides with gaps in any order of axes, between guard pages.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "plan/plan.hpp"
#include "support/guarded_memory.hpp"
#include "support/random_graph.hpp"

namespace kdlc::testing {

/// Numbers per axis; a run-time size is its value in this test.
using Sizes = std::vector<std::int64_t>;

/// Calls `body` with every position of `sizes`, last axis fastest; once with no index for no axes.
template <class Body>
void for_all(const Sizes& sizes, const Body& body) {
  Sizes position(sizes.size(), 0);
  for (const std::int64_t size : sizes) {
    if (size == 0) {
      return;
    }
  }
  while (true) {
    body(position);
    std::size_t axis = sizes.size();
    while (axis > 0 && ++position[axis - 1] == sizes[axis - 1]) {
      position[--axis] = 0;
    }
    if (axis == 0) {
      return;
    }
  }
}

struct LayoutOptions {
  bool last_is_contiguous = true;  // stride 1 along the last axis
  bool may_repeat = false;         // axes may have stride 0
};
/// Strides in elements: axes in random order with gaps between.
std::vector<std::int64_t> random_strides(Random& random, const Sizes& sizes, const LayoutOptions& options);

/// A tensor in guarded memory that ends flush with a guard page.
class TestTensor {
public:
  TestTensor(DType dtype, Sizes sizes, std::vector<std::int64_t> strides);

  [[nodiscard]] double at(const Sizes& position) const { return element(offset(position)); }
  void set(const Sizes& position, double value) { set_element(offset(position), value); }
  /// Fills every element, gaps too, with whole eighths from -2 to 2 (whole numbers for integers).
  void fill(Random& random);
  [[nodiscard]] void* data() const { return memory_.data(); }
  [[nodiscard]] const std::vector<std::int64_t>& strides() const { return strides_; }
  [[nodiscard]] plan::Access access(plan::Memory memory, std::uint32_t index = 0) const;
  /// Elements of the allocation, gaps included, by place.
  [[nodiscard]] std::int64_t element_count() const { return element_count_; }
  [[nodiscard]] double element(std::int64_t place) const;
  void set_element(std::int64_t place, double value);
  [[nodiscard]] std::int64_t offset(const Sizes& position) const;
  [[nodiscard]] bool canaries_alive() const { return memory_.canaries_alive(); }

private:
  DType dtype_;
  std::vector<std::int64_t> strides_;
  std::int64_t element_count_;
  GuardedMemory memory_;
};

/// An epilogue for a test: an expression over the sum and up to two operands.
struct TestEpilogue {
  graph::MapExpression expression;
  std::size_t operand_count = 0;
};
TestEpilogue random_epilogue(Random& random, DType dtype);

/// Compares what a kernel stored with `expected` by place, within `tolerance`[place]; every other place must hold what
/// it held before. Returns what is wrong, or nothing.
std::string find_mistake(const TestTensor& output, const std::vector<double>& before,
                         const std::map<std::int64_t, double>& expected, double tolerance);

}  // namespace kdlc::testing
