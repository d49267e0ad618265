// Evaluates a graph by value, node after node: the plain scalar reference of all primitives.
#include <algorithm>

#include "graph/evaluate_parts.hpp"
#include "graph/infer.hpp"

namespace kdlc::graph {

std::vector<std::int64_t> known_shape(const Shape& shape, const Sizes& sizes) {
  std::vector<std::int64_t> result;
  for (const Dim& axis : shape.axes) {
    const std::optional<std::int64_t> size = axis.evaluate(sizes);
    KDLC_ASSERT(size.has_value(), "every size of the evaluation is given");
    result.push_back(*size);
  }
  return result;
}

namespace {

class Evaluator {
public:
  Evaluator(const Graph& graph, const Evaluation& evaluation)
      : graph_(graph), evaluation_(evaluation), loops_(find_loops(graph)) {
    values_.resize(graph.nodes.size());
    made_.resize(graph.nodes.size());
    uses_.resize(graph.nodes.size(), 0);
  }

  std::vector<TensorData> run(const std::vector<NodeId>& wanted) {
    count_needed_uses(wanted);
    for (const NodeId id : graph_.nodes.ids()) {
      if (uses_[id] == 0 || loops_[id].has_value()) {
        continue;  // the node that closes a loop runs its turns
      }
      compute(id);
      for (const NodeId input : graph_.nodes[id].inputs) {
        release(input);
      }
    }
    std::vector<TensorData> result;
    for (const NodeId id : wanted) {
      const bool is_last_use = uses_[id] == 1;
      result.push_back(is_last_use && values_[id] == &made_[id] ? std::move(made_[id]) : *values_[id]);
      --uses_[id];
    }
    return result;
  }

private:
  void count_needed_uses(const std::vector<NodeId>& wanted) {
    for (const NodeId id : wanted) {
      ++uses_[id];
    }
    const std::vector<NodeId> ids = graph_.nodes.ids();
    for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
      if (uses_[*id] == 0) {
        continue;
      }
      for (const NodeId input : graph_.nodes[*id].inputs) {
        ++uses_[input];
      }
    }
  }

  void release(NodeId id) {
    if (--uses_[id] == 0) {
      made_[id] = {};
      values_[id] = nullptr;
    }
  }

  /// The caller's tensor, which must have the type that the graph says.
  void borrow(NodeId id, const std::vector<TensorData>& tensors, std::uint32_t index) {
    KDLC_ASSERT(index < tensors.size(), "the evaluation has every input and parameter that it needs");
    KDLC_ASSERT(tensors[index].dtype == graph_.nodes[id].type.dtype, "a given tensor has the type of its node");
    KDLC_ASSERT(tensors[index].shape == known_shape(graph_.nodes[id].type.shape, evaluation_.sizes),
                "a given tensor has the shape of its node");
    values_[id] = &tensors[index];
  }

  void compute(NodeId id) {
    const Node& node = graph_.nodes[id];
    if (node.op == Op::input) {
      return borrow(id, evaluation_.inputs, attributes<InputAttributes>(node).index);
    }
    if (node.op == Op::parameter) {
      return borrow(id, evaluation_.parameters, attributes<ParameterAttributes>(node).index);
    }
    if (node.op == Op::constant) {
      values_[id] = &attributes<ConstantAttributes>(node).data;
      return;
    }
    if (node.op == Op::state && !evaluation_.states.empty()) {
      return borrow(id, evaluation_.states, attributes<StateAttributes>(node).index);
    }
    if (node.op == Op::scan) {
      return run_loop(id);
    }
    made_[id] = make(node);
    values_[id] = &made_[id];
  }

  /// The needed nodes of a loop, in order.
  [[nodiscard]] std::vector<NodeId> body_of(ScanId scan) const {
    std::vector<NodeId> body;
    for (const NodeId id : graph_.nodes.ids()) {
      if (loops_[id] == scan && uses_[id] > 0) {
        body.push_back(id);
      }
    }
    return body;
  }

  /// Runs all turns; the results wait for the nodes that pick them.
  void run_loop(NodeId id) {
    const Node& node = graph_.nodes[id];
    const auto& scan = attributes<ScanAttributes>(node);
    const std::vector<NodeId> body = body_of(scan.scan);
    const std::int64_t turns = known_shape({{scan.steps}}, evaluation_.sizes)[0];
    std::vector<TensorData>& results = loop_results_[id];
    for (std::uint32_t index = 0; index < scan.state_count + scan.stacks.size(); ++index) {
      const TensorType type = scan_result_type(graph_, node, index);
      results.push_back(index < scan.state_count
                            ? *values_[graph_.nodes[node.inputs[index]].inputs[0]]
                            : TensorData::zeros(type.dtype, known_shape(type.shape, evaluation_.sizes)));
    }
    is_in_loop_ = true;
    for (std::int64_t turn = 0; turn < turns; ++turn) {
      for (const NodeId part : body) {
        made_[part] = make_in_turn(graph_.nodes[part], turn, turns, results);
        values_[part] = &made_[part];
      }
      for (std::uint32_t index = 0; index < results.size(); ++index) {
        const TensorData& value = *values_[node.inputs[scan.state_count + index]];
        if (index < scan.state_count) {
          results[index] = value;
        } else {
          const ScanStack& stack = scan.stacks[index - scan.state_count];
          put_step(value, stack.axis, stack.from_end ? turns - 1 - turn : turn, results[index]);
        }
      }
    }
    is_in_loop_ = false;
    for (const NodeId part : body) {
      for (const NodeId input : graph_.nodes[part].inputs) {
        release(input);
      }
    }
  }

  TensorData make_in_turn(const Node& node, std::int64_t turn, std::int64_t turns,
                          const std::vector<TensorData>& states) {
    if (node.op == Op::scan_state) {
      return states[attributes<ScanStateAttributes>(node).index];
    }
    if (node.op == Op::scan_slice) {
      const auto& slice = attributes<ScanSliceAttributes>(node);
      TensorData part = TensorData::zeros(node.type.dtype, known_shape(node.type.shape, evaluation_.sizes));
      take_step(*values_[node.inputs[0]], slice.axis, slice.from_end ? turns - 1 - turn : turn, part);
      return part;
    }
    return make(node);
  }

  TensorData make(const Node& node) {
    const std::vector<std::int64_t> shape = known_shape(node.type.shape, evaluation_.sizes);
    Operands operands;
    for (const NodeId input : node.inputs) {
      operands.push_back(values_[input]);
    }
    switch (node.op) {
      case Op::contraction: {
        const auto& contraction = attributes<ContractionAttributes>(node);
        return finish(evaluate_contraction(contraction, *operands[0], *operands[1], shape), contraction.epilogue,
                      {operands.begin() + 2, operands.end()}, node.type.dtype);
      }
      case Op::window_reduce: {
        const auto& reduce = attributes<WindowReduceAttributes>(node);
        return finish(evaluate_window_reduce(reduce, *operands[0], shape), reduce.epilogue,
                      {operands.begin() + 1, operands.end()}, node.type.dtype);
      }
      case Op::reduce: {
        const auto& reduce = attributes<ReduceAttributes>(node);
        return finish(evaluate_reduce(reduce, *operands[0], shape), reduce.epilogue,
                      {operands.begin() + 1, operands.end()}, node.type.dtype);
      }
      case Op::reshape:
        return reshaped(node.inputs[0], shape);
      case Op::scan_result:
        return loop_results_.at(node.inputs[0])[attributes<ScanResultAttributes>(node).index];
      case Op::state:
        return TensorData::zeros(node.type.dtype, shape);
      case Op::scan_slice:
      case Op::scan_state:
      case Op::scan:
      case Op::input:
      case Op::parameter:
      case Op::constant:
      case Op::map:
      case Op::rows:
      case Op::transpose:
      case Op::slice:
      case Op::pad:
      case Op::concat:
      case Op::gather:
        break;
    }
    TensorData result = TensorData::zeros(node.type.dtype, shape);
    fill(node, operands, result);
    return result;
  }

  void fill(const Node& node, const Operands& operands, TensorData& result) const {
    if (node.op == Op::map) {
      evaluate_map(attributes<MapAttributes>(node).expression, operands, result);
    } else if (node.op == Op::rows) {
      evaluate_rows(attributes<RowsAttributes>(node), operands, result);
    } else if (node.op == Op::transpose) {
      evaluate_transpose(attributes<TransposeAttributes>(node), *operands[0], result);
    } else if (node.op == Op::slice) {
      evaluate_slice(attributes<SliceAttributes>(node), *operands[0], evaluation_.sizes, result);
    } else if (node.op == Op::pad) {
      evaluate_pad(attributes<PadAttributes>(node), *operands[0], result);
    } else if (node.op == Op::gather) {
      const auto has_batch = [&](std::size_t input) {
        return !graph_.whole_batch && graph_.nodes[node.inputs[input]].type.shape.has_batch();
      };
      evaluate_gather({.axis = attributes<GatherAttributes>(node).axis,
                       .table_has_batch = has_batch(0),
                       .ids_have_batch = has_batch(1)},
                      *operands[0], *operands[1], result);
    } else {
      evaluate_concat(attributes<ConcatAttributes>(node), operands, result);
    }
  }

  /// The epilogue reads the reduced value in its own type, rounded before.
  static TensorData finish(TensorData reduced, const MapExpression& epilogue, Operands further, DType dtype) {
    if (epilogue.is_identity()) {
      return reduced;
    }
    TensorData result = TensorData::zeros(dtype, reduced.shape);
    further.insert(further.begin(), &reduced);
    evaluate_map(epilogue, further, result);
    return result;
  }

  /// The same bytes; moved when nobody else needs them (a loop needs what it reads again in its next turn).
  TensorData reshaped(NodeId input, const std::vector<std::int64_t>& shape) {
    TensorData result = uses_[input] == 1 && values_[input] == &made_[input] && !is_in_loop_ ? std::move(made_[input])
                                                                                             : *values_[input];
    result.shape = shape;
    return result;
  }

  const Graph& graph_;
  const Evaluation& evaluation_;
  IdVector<NodeId, const TensorData*> values_;  // of the caller, of the graph, or in made_
  IdVector<NodeId, TensorData> made_;
  IdVector<NodeId, std::uint32_t> uses_;  // that are still to come
  IdVector<NodeId, ScanId> loops_;
  std::map<NodeId, std::vector<TensorData>> loop_results_;  // by the scan
  bool is_in_loop_ = false;
};

}  // namespace

std::vector<TensorData> evaluate(const Graph& graph, const Evaluation& evaluation, const std::vector<NodeId>& wanted) {
  return Evaluator(graph, evaluation).run(wanted);
}

}  // namespace kdlc::graph
