// The choice of the chunk.
#include "plan/chunk.hpp"

#include <algorithm>

#include "plan/contraction_blocks.hpp"
#include "plan/step_context.hpp"

namespace kdlc::plan {
namespace {

constexpr std::int64_t kLargestChunk = 256;
/// Where one vector is multiplied in a cycle, arithmetic hides weights from any cache from so many samples on. Calls
/// with few samples are whole chunks then, for which Strassen's form is made.
constexpr std::int64_t kHidingChunk = 32;

/// Time to move a byte, relative to the first-level cache: 450, 177 and 30 GB/s, measured on one server core.
double byte_cost(const Machine& machine, std::int64_t working_set) {
  if (working_set <= machine.l1_bytes) {
    return 1.0;
  }
  return working_set <= machine.l2_bytes ? 2.5 : 15.0;
}

/// Bytes of packed weights that every sample reads when it is alone: those of layers whose only rows are samples, once
/// in every turn of a loop.
std::int64_t weights_read_per_sample(const std::vector<Step>& steps, const SizeBounds& bounds) {
  std::int64_t bytes = 0;
  for (const Step& step : steps) {
    if (const auto* loop = std::get_if<LoopStep>(&step.kernel)) {
      bytes += weights_read_per_sample(loop->steps, bounds) * loop->turns.upper_bound(bounds).value_or(1);
      continue;
    }
    const auto* contraction = std::get_if<ContractionStep>(&step.kernel);
    if (contraction == nullptr || !contraction->right_is_packed || contraction->rows.size() != 1 ||
        !contraction->rows.front().is_batch()) {
      continue;
    }
    bytes += right_bytes(*contraction);
  }
  return bytes;
}

}  // namespace

std::int64_t choose_chunk(const Machine& machine, const Plan& single) {
  // What stands behind the values of a sample does not grow with their number.
  const std::int64_t sample_bytes =
      std::max<std::int64_t>(single.single.direction_offset.value_or(single.arena_bytes), 1);
  const auto weight_bytes =
      static_cast<double>(weights_read_per_sample(single.chunk.steps, bounds_of(single.graph, 1)));
  const double weight_cost = byte_cost(machine, single.packed_bytes);
  const bool hides_weights = machine.multiply_adds_a_cycle == 1 && single.packed_bytes > machine.l2_bytes;
  const std::int64_t largest = hides_weights ? kHidingChunk : kLargestChunk;
  std::int64_t best = 1;
  double best_cost = 0;
  for (std::int64_t chunk = 1; chunk <= largest; chunk *= 2) {
    if (chunk > 1 && chunk * sample_bytes > machine.l2_bytes / 2) {
      break;
    }
    const double cost = weight_bytes * weight_cost / static_cast<double>(chunk) +
                        static_cast<double>(sample_bytes) * byte_cost(machine, chunk * sample_bytes);
    if (chunk == 1 || cost < best_cost) {
      best = chunk;
      best_cost = cost;
    }
  }
  return best;
}

}  // namespace kdlc::plan
