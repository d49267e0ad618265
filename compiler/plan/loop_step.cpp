// Loops over steps: the initial states, the turns, and what a turn leaves where the next one finds it.
//
//   states <- initial values
//   for every turn:
//     the nodes of the turn, in order
//     stacked results <- values        those that were not written there
//     states <- their next values      those that were not written over them
#include <algorithm>

#include "plan/loops.hpp"
#include "plan/step_context.hpp"

namespace kdlc::plan {
namespace {

using graph::Node;
using graph::NodeId;

class LoopBuilder {
public:
  LoopBuilder(StepContext& context, NodeId id)
      : context_(context),
        id_(id),
        node_(context.node(id)),
        scan_(graph::attributes<graph::ScanAttributes>(node_)),
        loops_(graph::find_loops(context.graph)),
        name_(context.name_of(id)) {}

  std::vector<Step> run() {
    std::vector<Step> steps;
    for (std::uint32_t index = 0; index < scan_.state_count; ++index) {
      const NodeId initial = context_.node(state(index)).inputs.front();
      copy(initial, context_.place(state(index)), context_.node(initial).type, steps);
    }
    LoopStep loop{.turn = turn_symbol(scan_.scan), .turns = scan_.steps, .steps = {}};
    for (const NodeId part : nodes_of_turn(context_.graph, loops_, scan_.scan)) {
      std::vector<Step> built = build_steps(context_, part);
      std::move(built.begin(), built.end(), std::back_inserter(loop.steps));
    }
    copy_stacked(loop.steps);
    copy_states(loop.steps);
    steps.push_back({.kernel = std::move(loop), .records = node_.records, .name = name_});
    return steps;
  }

private:
  [[nodiscard]] NodeId state(std::uint32_t index) const { return node_.inputs[index]; }
  [[nodiscard]] NodeId next(std::uint32_t index) const { return node_.inputs[scan_.state_count + index]; }

  void copy(NodeId from, const Placement& to, const TensorType& type, std::vector<Step>& steps) {
    if (!same_place(context_.place(from), to)) {
      steps.push_back(build_copy(context_, from, to, type.shape, type.dtype, name_));
    }
  }

  void copy_stacked(std::vector<Step>& steps) {
    const auto& places = context_.placed.stacks.at(id_);
    for (std::size_t index = 0; index < scan_.stacks.size(); ++index) {
      const NodeId value = node_.inputs[2 * std::size_t{scan_.state_count} + index];
      if (places[index]) {
        const graph::ScanStack& stack = scan_.stacks[index];
        copy(value, step_placement(*places[index], stack.axis, stack.from_end, scan_.scan, scan_.steps),
             context_.node(value).type, steps);
      }
    }
  }

  /// A state that becomes another one is read before any state is written.
  void copy_states(std::vector<Step>& steps) {
    std::vector<Step> last;
    for (std::uint32_t index = 0; index < scan_.state_count; ++index) {
      const TensorType type = context_.node(next(index)).type;
      const Placement target = context_.place(state(index));
      if (!shares_place_of_another(index)) {
        copy(next(index), target, type, last);
        continue;
      }
      const Placement between = scratch(type);
      copy(next(index), between, type, steps);
      last.push_back(build_place_copy(context_, between, target, type, name_));
    }
    std::move(last.begin(), last.end(), std::back_inserter(steps));
  }

  /// Whether the next value of a state lies in the buffer of another state.
  [[nodiscard]] bool shares_place_of_another(std::uint32_t index) {
    const Placement value = context_.place(next(index));
    if (same_place(value, context_.place(state(index)))) {
      return false;
    }
    for (std::uint32_t other = 0; other < scan_.state_count; ++other) {
      const Placement place = context_.place(state(other));
      if (other != index && place.memory == value.memory && place.index == value.index) {
        return true;
      }
    }
    return false;
  }

  Placement scratch(const TensorType& type) {
    const std::uint32_t index =
        context_.add_scratch({type.shape.without_batch().element_count(), type.shape.has_batch(), type.dtype});
    return {Memory::arena, index, 0, dense_strides(type.shape)};
  }

  StepContext& context_;
  NodeId id_;
  Node node_;
  graph::ScanAttributes scan_;
  IdVector<NodeId, graph::ScanId> loops_;
  std::string name_;
};

}  // namespace

std::vector<Step> build_second_result(StepContext& context, NodeId id) {
  if (context.placed.is_alias[id]) {
    return {};
  }
  const Node node = context.node(id);
  const Node scan = context.node(node.inputs.front());
  const auto& attributes = graph::attributes<graph::ScanAttributes>(scan);
  const auto index = graph::attributes<graph::ScanResultAttributes>(node).index;
  const Placement first = index < attributes.state_count
                              ? context.place(scan.inputs[index])
                              : *context.placed.stacks.at(node.inputs.front())[index - attributes.state_count];
  return {build_place_copy(context, first, context.place(id), node.type, context.name_of(id))};
}

std::vector<Step> build_loop(StepContext& context, NodeId id) {
  return LoopBuilder(context, id).run();
}

}  // namespace kdlc::plan
