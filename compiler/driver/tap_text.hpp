// A tensor as statistics for people.
#pragma once

#include <string>

#include "types/tensor_data.hpp"

namespace kdlc::driver {

/// Its type, smallest, largest and mean of the finite values, how many are NaN or infinite, and the first values.
std::string tap_text(const std::string& name, const TensorData& data);

}  // namespace kdlc::driver
