// The memory that the steps of a plan read and write in its scalar executor; every access is checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "plan/plan.hpp"

namespace kdlc::testing {

/// A run of bytes that is read and written as elements.
struct Block {
  std::byte* data = nullptr;
  std::int64_t size = 0;
};

struct Memories {
  std::vector<Block> inputs;
  std::vector<Block> outputs;
  Block arena;
  Block weights;
  std::vector<Block> states;
  std::vector<Block> next_states;
  std::vector<Block> locals;
  std::map<std::string, std::int64_t> sizes;  // the value of N, of the declared dims and of the turns of loops
};

using Indices = std::vector<std::int64_t>;

std::int64_t resolve(const Dim& size, const Memories& memories);
Indices resolve(const std::vector<Dim>& sizes, const Memories& memories);

/// Every place of axes of these sizes, the last one innermost.
void for_each_index(const Indices& sizes, const std::function<void(const Indices&)>& body);
Indices concat(std::initializer_list<Indices> parts);

/// An access under the sizes of the moment.
class Place {
public:
  Place(const plan::Access& access, const Memories& memories);

  /// The element at these indices, one for each stride.
  [[nodiscard]] std::int64_t offset(const Indices& at) const;
  /// Of the axes from `first_axis` on, for every place of axes of these sizes.
  [[nodiscard]] std::vector<std::int64_t> offsets(std::size_t first_axis, const Indices& sizes) const;

  [[nodiscard]] double read(std::int64_t offset) const;
  void write(std::int64_t offset, double value) const;

private:
  [[nodiscard]] std::byte* address(std::int64_t offset) const;

  Block memory_;
  std::int64_t begin_bytes_;
  DType dtype_;
  Indices strides_;
};

}  // namespace kdlc::testing
