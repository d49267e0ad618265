// Fresh weights: Keras' initializers over a generator that gives the same numbers on every platform.
#pragma once

#include <cstdint>

#include "graph/graph.hpp"
#include "types/tensor_data.hpp"

namespace kdlc::weights {

/// The seed of weights that a file lacks under `missing: init`.
inline constexpr std::uint64_t kMissingSeed = 1;

/// One weight by its initializer, as training would start.
TensorData initial_weight(const graph::ParameterInfo& parameter, std::uint64_t seed);

/// As initial_weight, but zeros become small numbers in ±0.1 and ones numbers in 0.5 … 1.5: a bias, a mean or a
/// variance that is lost or applied twice then shows in the results.
TensorData random_weight(const graph::ParameterInfo& parameter, std::uint64_t seed);

}  // namespace kdlc::weights
