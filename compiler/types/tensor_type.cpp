// The type of a tensor as it is declared.
#include "types/tensor_type.hpp"

namespace kdlc {

std::string TensorType::to_text() const {
  return std::string(name_of(dtype)) + shape.to_text();
}

}  // namespace kdlc
