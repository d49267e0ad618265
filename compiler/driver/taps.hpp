// Taps: values of a run that are shown although no output of the model holds them.
#pragma once

#include <string>
#include <vector>

#include "check/check.hpp"
#include "driver/session.hpp"
#include "types/tensor_data.hpp"

namespace kdlc::driver {

/// Adds to the graph the values that --tap names, or with --taps those that the text labels, as outputs that only a
/// callback sees; false after reporting names that no value has.
bool add_taps(check::CheckedModel& model, Session& session);

/// Prints statistics of the taps among `outputs` (by place), or writes those that --tap names a file for.
void tell_taps(const graph::Graph& graph, const std::vector<TensorData>& outputs, Session& session);

}  // namespace kdlc::driver
