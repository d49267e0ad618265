// Finds the weights that a compile embeds: the model's clause, or --weights.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "check/check.hpp"
#include "driver/compile.hpp"
#include "driver/session.hpp"
#include "types/tensor_data.hpp"

namespace kdlc::driver {

/// Where weights come from, once clause and option are weighed.
struct WeightsSource {
  enum class Kind : std::uint8_t { none, file, random, external };
  Kind kind = Kind::none;
  std::string path;        // of the file, as it is opened
  std::uint64_t seed = 0;  // of random weights
};

/// --weights before the clause; nullopt after reporting an option that cannot be read.
std::optional<WeightsSource> choose_weights(const std::string& source_path,
                                            const std::optional<check::WeightsClause>& clause, Session& session);

/// The tensors of every parameter of `graph`; nullopt after reporting.
std::optional<std::vector<TensorData>> bind_weights(const std::string& source_path, const graph::Graph& graph,
                                                    const std::optional<check::WeightsClause>& clause,
                                                    Session& session);

/// The same for a clause that no option replaces: that of a test.
std::optional<std::vector<TensorData>> bind_clause(const std::string& source_path, const graph::Graph& graph,
                                                   const check::WeightsClause& clause, Session& session);

/// The packed weights of a plan; nullopt after reporting.
std::optional<std::vector<std::byte>> pack_bound_weights(const std::string& source_path, const Compiled& compiled,
                                                         Session& session);

}  // namespace kdlc::driver
