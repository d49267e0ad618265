// Random graphs with values: what passes, planner and code generator are compared with graph::evaluate on.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace kdlc::testing {

/// A small generator that gives the same numbers everywhere (SplitMix64).
class Random {
public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// A whole number from `low` to `high`, both included.
  std::int64_t integer(std::int64_t low, std::int64_t high);
  /// A number from `low` to `high`.
  double number(double low, double high);
  bool one_in(std::int64_t count) { return integer(1, count) == 1; }
  template <class T>
  const T& pick(const std::vector<T>& items) {
    return items[static_cast<std::size_t>(integer(0, static_cast<std::int64_t>(items.size()) - 1))];
  }

private:
  std::uint64_t state_;
};

/// Which primitives may occur; all do unless switched off. Inputs are of type f32, and nothing is kept
/// from call to call.
struct RandomGraphOptions {
  std::uint64_t seed = 0;
  int max_operations = 10;         // layer-like pieces; each is one to a few nodes
  std::int64_t max_size = 9;       // of axes that windows slide over
  std::int64_t max_channels = 20;  // of last axes
  bool dense = true;               // contractions without windows: dense, matrix products of two values
  bool convolutions = true;        // 1-d and 2-d, strided, padded, dilated, grouped, pointwise
  bool depthwise = true;
  bool transposed = true;  // input dilation
  bool pooling = true;
  bool reductions = true;
  bool rows = true;      // softmax, normalisation
  bool maps = true;      // all elementwise operations in domains without poles and, on computed values, without jumps
  bool integers = true;  // i32 arithmetic between casts
  bool moves = true;     // reshape, transpose, slice, pad, concat, broadcast
  bool lookups = true;   // gather along an axis, by constant ids and by computed ones
  bool loops = true;     // over steps, with states, reading and stacking from either end
  bool scales = true;    // scale and shift per channel, as batch norm
  int dims = 0;          // sizes known only at run time, `T` and `U`: up to two, each at most max_size
  bool lonely_sums = false;  // axes of one operand that are summed by themselves; planning them needs the passes first
};

/// One to three outputs that carry the batch; every piece has a record. Values mention declared dims where there are
/// some.
graph::Graph make_random_graph(const RandomGraphOptions& options);

/// A new parameter, named by its number, uniform in ± `limit`.
graph::NodeId add_weight(graph::Builder& builder, TensorType type, double limit, bool non_negative = false);

/// Values for all inputs (multiples of 1/8 from -2 to 2, so that jumps in maps fall on the same side everywhere).
std::vector<TensorData> random_inputs(const graph::Graph& graph, const std::map<std::string, std::int64_t>& sizes,
                                      std::uint64_t seed);
/// Values for all parameters, by their initializer: uniform in ± its value; variances (non_negative) from 0.5 to 1.5.
std::vector<TensorData> random_parameters(const graph::Graph& graph, std::uint64_t seed);

/// The first place where `actual` is further from `expected` than `tolerance` × (1 + the largest expected magnitude),
/// in words; nullopt when there is none. NaN equals NaN, infinities their like.
std::optional<std::string> find_difference(const TensorData& expected, const TensorData& actual, double tolerance);

}  // namespace kdlc::testing
