// A .npz file as a file of weights.
#pragma once

#include <optional>
#include <string>

#include "diagnostics/diagnostics.hpp"
#include "weights/safetensors.hpp"

namespace kdlc::weights {

/// Reads a .npz file and lays its arrays out as a file of tensors: nullopt after reporting K600 or K605 at `span`.
std::optional<TensorFile> open_npz(const std::string& path, const Span& span, Report& report);

}  // namespace kdlc::weights
