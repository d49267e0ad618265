// C names for the things of a model: parameters and constants that clash with nothing.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace kdlc::link {

struct HeaderNames {
  std::vector<std::string> dims;  // one for each declared dim
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
};

/// Parameter names: the model's own, with a trailing `_` on keywords of C and C++, names of the call itself, and
/// repetitions.
HeaderNames header_names(const graph::Graph& graph);

/// `lenet` → `LENET`.
std::string upper_case(const std::string& name);

}  // namespace kdlc::link
