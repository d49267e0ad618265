// See step_memory.hpp.
#include "support/step_memory.hpp"

#include <algorithm>

#include "types/tensor_data.hpp"

namespace kdlc::testing {
namespace {

Block block_of(const plan::Access& access, const Memories& memories) {
  switch (access.memory) {
    case plan::Memory::input:
      return memories.inputs[access.index];
    case plan::Memory::output:
      return memories.outputs[access.index];
    case plan::Memory::arena:
      return memories.arena;
    case plan::Memory::weights:
      return memories.weights;
    case plan::Memory::status:
      break;
    case plan::Memory::state:
      return memories.states[access.index];
    case plan::Memory::next_state:
      return memories.next_states[access.index];
    case plan::Memory::local:
      return memories.locals[access.index];
  }
  KDLC_UNREACHABLE("every memory is somewhere");
}

}  // namespace

std::int64_t resolve(const Dim& size, const Memories& memories) {
  return size.is_constant() ? size.constant() : size.evaluate(memories.sizes).value();
}

Indices resolve(const std::vector<Dim>& sizes, const Memories& memories) {
  Indices result;
  for (const Dim& size : sizes) {
    result.push_back(resolve(size, memories));
  }
  return result;
}

void for_each_index(const Indices& sizes, const std::function<void(const Indices&)>& body) {
  if (std::any_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size <= 0; })) {
    return;
  }
  Indices index(sizes.size(), 0);
  while (true) {
    body(index);
    std::size_t axis = sizes.size();
    while (axis > 0 && ++index[axis - 1] == sizes[axis - 1]) {
      index[--axis] = 0;
    }
    if (axis == 0) {
      return;
    }
  }
}

Indices concat(std::initializer_list<Indices> parts) {
  Indices result;
  for (const Indices& part : parts) {
    result.insert(result.end(), part.begin(), part.end());
  }
  return result;
}

Place::Place(const plan::Access& access, const Memories& memories)
    : memory_(block_of(access, memories)),
      begin_bytes_(resolve(access.offset_bytes, memories)),
      dtype_(access.dtype),
      strides_(resolve(access.strides, memories)) {}

std::int64_t Place::offset(const Indices& at) const {
  KDLC_ASSERT(strides_.size() == at.size(), "an access has one stride per axis of its step");
  std::int64_t result = 0;
  for (std::size_t axis = 0; axis < at.size(); ++axis) {
    result += at[axis] * strides_[axis];
  }
  return result;
}

std::vector<std::int64_t> Place::offsets(std::size_t first_axis, const Indices& sizes) const {
  KDLC_ASSERT(first_axis + sizes.size() <= strides_.size(), "an access has one stride per axis of its step");
  std::vector<std::int64_t> result;
  for_each_index(sizes, [&](const Indices& at) {
    result.push_back(0);
    for (std::size_t axis = 0; axis < at.size(); ++axis) {
      result.back() += at[axis] * strides_[first_axis + axis];
    }
  });
  return result;
}

std::byte* Place::address(std::int64_t offset) const {
  const auto size = static_cast<std::int64_t>(size_bytes(dtype_));
  const std::int64_t begin = begin_bytes_ + offset * size;
  KDLC_ASSERT(begin >= 0 && begin + size <= memory_.size, "a step stays inside its memory");
  return memory_.data + begin;
}

double Place::read(std::int64_t offset) const {
  return load_element(dtype_, address(offset));
}

void Place::write(std::int64_t offset, double value) const {
  store_element(dtype_, address(offset), value);
}

}  // namespace kdlc::testing
