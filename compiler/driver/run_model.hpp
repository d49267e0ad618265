// Running a compiled model in this process on tensors.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "driver/compile.hpp"
#include "driver/session.hpp"
#include "types/tensor_data.hpp"

namespace kdlc::driver {

/// A tensor and what to call it in messages: the path of its file.
struct GivenTensor {
  TensorData data;
  std::string file;
};

/// The outputs, by place, and behind them the taps, of one call on the inputs by name; nullopt after reporting inputs
/// that are missing or do not fit.
std::optional<std::vector<TensorData>> run_model(const Compiled& compiled, const std::string& packed_weights,
                                                 const std::map<std::string, GivenTensor>& inputs, Session& session);

}  // namespace kdlc::driver
