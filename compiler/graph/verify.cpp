// Checks that a graph keeps its rules: what must hold after every pass.
#include <fmt/format.h>

#include <algorithm>

#include "graph/infer.hpp"

namespace kdlc::graph {

namespace {

/// N stands first in a shape, alone, or not at all.
bool keeps_batch_rule(const Shape& shape) {
  for (std::size_t axis = 0; axis < shape.axis_count(); ++axis) {
    const Dim& size = shape.axes[axis];
    if (size.is_constant() || (axis == 0 && size.is_batch())) {
      continue;
    }
    const std::vector<std::string> symbols = size.symbols();
    if (std::find(symbols.begin(), symbols.end(), "N") != symbols.end()) {
      return false;
    }
  }
  return true;
}

bool is_negative_anywhere(const Shape& shape) {
  return std::any_of(shape.axes.begin(), shape.axes.end(),
                     [](const Dim& size) { return size.is_constant() && size.constant() < 0; });
}

class Verifier {
public:
  explicit Verifier(const Graph& graph) : graph_(graph) {}

  std::vector<std::string> run() {
    for (const NodeId id : graph_.nodes.ids()) {
      check_node(id);
    }
    check_declarations();
    check_records();
    if (problems_.empty()) {
      problems_ = verify_loops(graph_);  // reads attributes that must fit
    }
    return std::move(problems_);
  }

private:
  void complain(NodeId id, std::string_view sentence) {
    problems_.push_back(fmt::format("%{} {}: {}", id.value, name_of(graph_.nodes[id].op), sentence));
  }

  [[nodiscard]] bool is_node(NodeId id) const { return id.value < graph_.nodes.size(); }

  void check_node(NodeId id) {
    const Node& node = graph_.nodes[id];
    OperandTypes operands;
    for (const NodeId input : node.inputs) {
      if (input.value >= id.value) {
        complain(id, "an operand does not stand before it");
        return;
      }
      operands.push_back(&graph_.nodes[input].type);
    }
    for (const RecordId record : node.records) {
      if (record.value >= graph_.records.size()) {
        complain(id, "one of its records is not there");
      }
    }
    if (!graph_.whole_batch && !keeps_batch_rule(node.type.shape)) {
      complain(id, fmt::format("N stands first and alone, not as in {}", node.type.to_text()));
    }
    if (is_negative_anywhere(node.type.shape)) {
      complain(id, fmt::format("an axis of {} is negative", node.type.to_text()));
    }
    const Inference inference = graph_.whole_batch ? infer_whole_batch(node, operands) : infer_type(node, operands);
    if (!inference.problem.empty()) {
      complain(id, inference.problem);
    } else if (!(inference.type == node.type)) {
      complain(id, fmt::format("gives {} and is said to give {}", inference.type.to_text(), node.type.to_text()));
    } else {
      check_index(id, node);
    }
  }

  void check_index(NodeId id, const Node& node) {
    if (node.op == Op::state) {
      const std::uint32_t index = attributes<StateAttributes>(node).index;
      if (index >= graph_.states.size() || graph_.states[index].node != id) {
        complain(id, "the list of states does not name it");
      }
    }
    if (node.op == Op::input) {
      const std::uint32_t index = attributes<InputAttributes>(node).index;
      if (index >= graph_.inputs.size() || graph_.inputs[index].node != id) {
        complain(id, "the list of inputs does not name it");
      }
    }
    if (node.op == Op::parameter) {
      const std::uint32_t index = attributes<ParameterAttributes>(node).index;
      if (index >= graph_.parameters.size() || graph_.parameters[index].node != id) {
        complain(id, "the list of parameters does not name it");
      } else if (!(graph_.parameters[index].type == node.type)) {
        complain(id, "the list of parameters gives it another type");
      }
    }
  }

  void check_declarations() {
    for (const InputInfo& input : graph_.inputs) {
      if (!is_node(input.node) || graph_.nodes[input.node].op != Op::input) {
        problems_.push_back(fmt::format("input {} names no input node", input.name));
      }
    }
    for (const ParameterInfo& parameter : graph_.parameters) {
      const auto& axes = parameter.type.shape.axes;
      if (!is_node(parameter.node) || graph_.nodes[parameter.node].op != Op::parameter) {
        problems_.push_back(fmt::format("parameter {} names no parameter node", parameter.path));
      }
      if (!std::all_of(axes.begin(), axes.end(), [](const Dim& size) { return size.is_constant(); })) {
        problems_.push_back(fmt::format("parameter {} has no fixed size", parameter.path));
      }
    }
    for (const OutputInfo& output : graph_.outputs) {
      if (!is_node(output.node)) {
        problems_.push_back(fmt::format("output {} names no node", output.name));
      }
    }
    for (const StateInfo& state : graph_.states) {
      if (!is_node(state.node) || graph_.nodes[state.node].op != Op::state || !is_node(state.next)) {
        problems_.push_back(fmt::format("state {} names no state node", state.name));
      } else if (!(graph_.nodes[state.next].type == graph_.nodes[state.node].type)) {
        problems_.push_back(fmt::format("state {} is left with another type", state.name));
      }
    }
  }

  void check_records() {
    for (const RecordId id : graph_.records.ids()) {
      const Record& record = graph_.records[id];
      const auto is_missing = [&](NodeId node) { return node.has_value() && !is_node(node); };
      if (std::any_of(record.inputs.begin(), record.inputs.end(), is_missing) ||
          std::any_of(record.results.begin(), record.results.end(), is_missing)) {
        problems_.push_back(fmt::format("record {} names a node that is not there", record.path));
      }
      if (record.parent.has_value() && record.parent.value >= graph_.records.size()) {
        problems_.push_back(fmt::format("the parent of record {} is not there", record.path));
      }
    }
  }

  const Graph& graph_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> verify(const Graph& graph) {
  return Verifier(graph).run();
}

}  // namespace kdlc::graph
