// The rules of loops: types of what opens and closes them, and that no value of a turn leaves its loop but through the
// closing node.
#include <fmt/format.h>

#include "graph/infer.hpp"

namespace kdlc::graph {

namespace {

Inference problem(std::string sentence) {
  return {.problem = std::move(sentence)};
}

/// Where an axis of steps may stand in a value: anywhere but before N.
bool takes_steps_at(const Shape& shape, std::uint32_t axis) {
  return axis <= shape.axis_count() && !(axis == 0 && shape.has_batch());
}

TensorType stacked_type(TensorType value, const Dim& steps, std::uint32_t axis) {
  value.shape.axes.insert(value.shape.axes.begin() + axis, steps);
  return value;
}

class LoopVerifier {
public:
  explicit LoopVerifier(const Graph& graph) : graph_(graph), loops_(find_loops(graph)) {
    closing_.resize(graph.scan_count);
  }

  std::vector<std::string> run() {
    for (const NodeId id : graph_.nodes.ids()) {
      if (graph_.nodes[id].op == Op::scan) {
        find_closing(id);
      }
    }
    for (const NodeId id : graph_.nodes.ids()) {
      check(id);
    }
    for (const OutputInfo& output : graph_.outputs) {
      if (loops_[output.node].has_value()) {
        problems_.push_back(fmt::format("output {} is a value of one turn of a loop", output.name));
      }
    }
    for (const StateInfo& state : graph_.states) {
      if (loops_[state.next].has_value()) {
        problems_.push_back(fmt::format("state {} is a value of one turn of a loop", state.name));
      }
    }
    return std::move(problems_);
  }

private:
  void complain(NodeId id, std::string_view sentence) {
    problems_.push_back(fmt::format("%{} {}: {}", id.value, name_of(graph_.nodes[id].op), sentence));
  }

  void find_closing(NodeId id) {
    const ScanId scan = attributes<ScanAttributes>(graph_.nodes[id]).scan;
    if (scan.value >= graph_.scan_count || closing_[scan].has_value()) {
      complain(id, "its loop was not begun or is closed twice");
    } else {
      closing_[scan] = id;
    }
  }

  void check(NodeId id) {
    const Node& node = graph_.nodes[id];
    switch (node.op) {
      case Op::scan_slice:
        return check_slice(id, node);
      case Op::scan_state:
        return check_opener(id, node, attributes<ScanStateAttributes>(node).scan);
      case Op::scan:
        return check_closing(id, node);
      case Op::scan_result:
        return check_result(id, node);
      case Op::input:
      case Op::parameter:
      case Op::constant:
      case Op::map:
      case Op::contraction:
      case Op::window_reduce:
      case Op::reduce:
      case Op::rows:
      case Op::reshape:
      case Op::transpose:
      case Op::slice:
      case Op::pad:
      case Op::concat:
      case Op::gather:
      case Op::state:
        break;
    }
    for (const NodeId input : node.inputs) {
      if (loops_[input].has_value() && loops_[input] != loops_[id]) {
        complain(id, "it joins values of two loops");
      }
      if (graph_.nodes[input].op == Op::scan) {
        complain(id, "it reads a scan itself, not one of its results");
      }
    }
    if (loops_[id].has_value() && is_closed_before(loops_[id], id)) {
      complain(id, "it reads a value of a turn behind the end of the loop");
    }
  }

  [[nodiscard]] bool is_closed_before(ScanId scan, NodeId id) const {
    return scan.value < closing_.size() && closing_[scan].has_value() && closing_[scan] < id;
  }

  void check_opener(NodeId id, const Node& node, ScanId scan) {
    if (loops_[node.inputs[0]].has_value()) {
      complain(id, "it stands in another loop: loops do not nest");
    }
    if (scan.value >= graph_.scan_count || !closing_[scan].has_value()) {
      complain(id, "its loop is not closed");
    } else if (closing_[scan] < id) {
      complain(id, "it stands behind the end of its loop");
    }
  }

  void check_slice(NodeId id, const Node& node) {
    const auto& slice = attributes<ScanSliceAttributes>(node);
    check_opener(id, node, slice.scan);
    if (slice.scan.value < graph_.scan_count && closing_[slice.scan].has_value()) {
      const Dim& steps = attributes<ScanAttributes>(graph_.nodes[closing_[slice.scan]]).steps;
      const Dim& size = graph_.nodes[node.inputs[0]].type.shape.axes[slice.axis];
      if (!(size == steps)) {
        complain(id, fmt::format("the loop has {} steps, the sequence {}", steps.to_text(), size.to_text()));
      }
    }
  }

  void check_closing(NodeId id, const Node& node) {
    const auto& scan = attributes<ScanAttributes>(node);
    for (std::uint32_t index = 0; index < scan.state_count; ++index) {
      const Node& state = graph_.nodes[node.inputs[index]];
      if (state.op != Op::scan_state ||
          !(attributes<ScanStateAttributes>(state) == ScanStateAttributes{scan.scan, index})) {
        complain(id, fmt::format("operand {} is not its state {}", index, index));
      }
    }
    for (const NodeId input : node.inputs) {
      if (loops_[input].has_value() && loops_[input] != scan.scan) {
        complain(id, "it closes a loop over a value of another loop");
      }
    }
  }

  void check_result(NodeId id, const Node& node) {
    const Node& scan = graph_.nodes[node.inputs[0]];
    const std::uint32_t index = attributes<ScanResultAttributes>(node).index;
    if (scan.op != Op::scan) {
      complain(id, "its operand is no scan");
    } else if (index >= scan.inputs.size() - attributes<ScanAttributes>(scan).state_count) {
      complain(id, "the scan has no such result");
    } else if (!(scan_result_type(graph_, scan, index) == node.type)) {
      complain(id, fmt::format("gives {}", scan_result_type(graph_, scan, index).to_text()));
    }
  }

  const Graph& graph_;
  IdVector<NodeId, ScanId> loops_;
  IdVector<ScanId, NodeId> closing_;
  std::vector<std::string> problems_;
};

}  // namespace

Inference infer_scan_slice(const Node& node, const OperandTypes& operands) {
  const std::uint32_t axis = attributes<ScanSliceAttributes>(node).axis;
  TensorType type = *operands[0];
  if (axis >= type.shape.axis_count() || (axis == 0 && type.shape.has_batch())) {
    return problem(fmt::format("{} has no steps along axis {}", type.to_text(), axis));
  }
  type.shape.axes.erase(type.shape.axes.begin() + axis);
  return {.type = std::move(type)};
}

Inference infer_scan(const Node& node, const OperandTypes& operands) {
  const auto& scan = attributes<ScanAttributes>(node);
  if (operands.size() != 2 * std::size_t{scan.state_count} + scan.stacks.size() || operands.empty()) {
    return problem(fmt::format("{} states and {} stacks want another number of operands than {}", scan.state_count,
                               scan.stacks.size(), operands.size()));
  }
  for (std::size_t index = 0; index < scan.state_count; ++index) {
    const TensorType& state = *operands[index];
    const TensorType& next = *operands[scan.state_count + index];
    if (!(state == next)) {
      return problem(fmt::format("state {} is {} and becomes {}", index, state.to_text(), next.to_text()));
    }
  }
  for (std::size_t index = 0; index < scan.stacks.size(); ++index) {
    const TensorType& value = *operands[2 * std::size_t{scan.state_count} + index];
    if (!takes_steps_at(value.shape, scan.stacks[index].axis)) {
      return problem(fmt::format("{} cannot be stacked along axis {}", value.to_text(), scan.stacks[index].axis));
    }
  }
  return {.type = {.dtype = DType::boolean, .shape = {{0}}}};
}

TensorType scan_result_type(const Graph& graph, const Node& scan, std::uint32_t index) {
  const auto& attributes = graph::attributes<ScanAttributes>(scan);
  if (index < attributes.state_count) {
    return graph.nodes[scan.inputs[index]].type;
  }
  const ScanStack& stack = attributes.stacks[index - attributes.state_count];
  return stacked_type(graph.nodes[scan.inputs[attributes.state_count + index]].type, attributes.steps, stack.axis);
}

std::vector<std::string> verify_loops(const Graph& graph) {
  return graph.scan_count == 0 ? std::vector<std::string>() : LoopVerifier(graph).run();
}

}  // namespace kdlc::graph
