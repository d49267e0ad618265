// A tensor of results as text for people.
#pragma once

#include <string>

#include "types/tensor_data.hpp"

namespace kdlc::driver {

/// The shape and the first samples, one a line, long ones in part; the best class where a sample looks like a
/// distribution.
std::string result_text(const std::string& name, const TensorData& data, bool has_batch);

}  // namespace kdlc::driver
