// Where the states of a model lie between calls and during one.
//
//   caller's memory:  state 0 of streams 0, 1, …, then state 1 of streams 0, 1, …
//   arena:            what the bodies use, the taps, then the next states in the same order
#include "plan/states.hpp"

#include <algorithm>

#include "plan/arena.hpp"

namespace kdlc::plan {
namespace {

constexpr std::int64_t kStateAlign = 8;  // every element type stands at a multiple of its size

}  // namespace

std::optional<std::int64_t> streams_of(const graph::Graph& graph, std::int64_t streams) {
  const bool is_limited = std::any_of(graph.states.begin(), graph.states.end(), [&](const graph::StateInfo& state) {
    return graph.node(state.node).type.shape.has_batch();
  });
  return is_limited ? std::optional(streams) : std::nullopt;
}

void place_states(Plan& plan, std::int64_t streams) {
  plan.streams = streams_of(plan.graph, streams).value_or(0);
  for (const graph::StateInfo& state : plan.graph.states) {
    const TensorType& type = plan.graph.node(state.node).type;
    const bool has_batch = type.shape.has_batch();
    const Dim elements = has_batch ? type.shape.without_batch().element_count() : type.shape.element_count();
    KDLC_ASSERT(elements.is_constant(), "the size of a state is known when compiling");
    StatePlace place{.elements = elements.constant(), .has_batch = has_batch};
    place.offset_bytes = round_up(plan.state_bytes, kStateAlign);
    place.next_offset_bytes = round_up(plan.arena_bytes, kArenaAlign);
    const std::int64_t bytes =
        place.elements * static_cast<std::int64_t>(size_bytes(type.dtype)) * (has_batch ? streams : 1);
    plan.state_bytes = place.offset_bytes + bytes;
    plan.arena_bytes = place.next_offset_bytes + bytes;
    plan.states.push_back(place);
  }
  if (!plan.states.empty()) {
    plan.state_bytes = std::max(round_up(plan.state_bytes, kStateAlign), kStateAlign);  // C has no empty arrays
  }
}

}  // namespace kdlc::plan
