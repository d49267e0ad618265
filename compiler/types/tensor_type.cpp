// The type of a tensor as it is declared.
#include "types/tensor_type.hpp"

namespace kdlc {

std::string TensorType::to_text() const {
  return std::string(name_of(dtype)) + shape.to_text();
}

std::int64_t TensorType::bytes_per_sample() const {
  return shape.elements_per_sample() * static_cast<std::int64_t>(size_bytes(dtype));
}

}  // namespace kdlc
