// Checks a data set against the declared inputs and targets.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "check/training.hpp"
#include "driver/run_model.hpp"
#include "driver/session.hpp"

namespace kdlc::driver {

/// A data set in the order of a graph's inputs.
struct DataSet {
  std::vector<const TensorData*> tensors;
  std::int64_t samples = 0;
  std::map<std::string, std::int64_t> sizes;  // of declared dims
};
/// nullopt after reporting what is missing, has another type or shape, another count of samples, or a value outside its
/// range. Targets are inputs of `graph` whose name is in `targets`.
std::optional<DataSet> order_data(const graph::Graph& graph, const std::vector<check::Training::Target>& targets,
                                  const std::map<std::string, GivenTensor>& data, Session& session);

}  // namespace kdlc::driver
