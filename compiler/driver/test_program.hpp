// Compiled code for tests: a graph whose values can be read, run in this process.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "driver/compile.hpp"
#include "driver/session.hpp"
#include "types/tensor_data.hpp"

namespace kdlc::driver {

/// The machine code of a graph, with more of its values as outputs than it declares.
class TestProgram {
public:
  /// nullopt after reporting. `graph` outlives the program.
  static std::optional<TestProgram> compile(const graph::Graph& graph, const std::vector<graph::NodeId>& wanted,
                                            Session& session);

  struct Call {
    std::map<std::string, std::int64_t> sizes;      // "N" and the declared dims
    std::vector<std::optional<TensorData>> inputs;  // by the graph's inputs; without one where nothing depends on it
    std::vector<TensorData> weights;                // by the graph's parameters
  };
  /// The wanted values by their nodes; nullopt after reporting.
  std::optional<std::map<std::uint32_t, TensorData>> run(const Call& call, Session& session) const;

private:
  const graph::Graph* graph_ = nullptr;
  std::map<std::uint32_t, std::size_t> output_of_;  // by node: which output holds it
  Compiled compiled_;
};

}  // namespace kdlc::driver
