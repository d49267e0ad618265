// The array that a .npy file holds.
#pragma once

#include <optional>
#include <string>

#include "types/tensor_data.hpp"
#include "weights/input_file.hpp"

namespace kdlc::weights {

/// In C order and this machine's bytes; nullopt with the reason (words that go on from "the file: ").
std::optional<TensorData> read_npy_array(const InputFile& file, std::string& problem);

}  // namespace kdlc::weights
