// Evaluates a graph by value, node after node: the plain scalar reference of all primitives.
#include <algorithm>

#include "graph/evaluate_parts.hpp"

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
  Evaluator(const Graph& graph, const Evaluation& evaluation) : graph_(graph), evaluation_(evaluation) {
    values_.resize(graph.nodes.size());
    made_.resize(graph.nodes.size());
    uses_.resize(graph.nodes.size(), 0);
  }

  std::vector<TensorData> run(const std::vector<NodeId>& wanted) {
    count_needed_uses(wanted);
    for (const NodeId id : graph_.nodes.ids()) {
      if (uses_[id] == 0) {
        continue;
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
    made_[id] = make(node);
    values_[id] = &made_[id];
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

  /// The same bytes; moved when nobody else needs them.
  TensorData reshaped(NodeId input, const std::vector<std::int64_t>& shape) {
    TensorData result =
        uses_[input] == 1 && values_[input] == &made_[input] ? std::move(made_[input]) : *values_[input];
    result.shape = shape;
    return result;
  }

  const Graph& graph_;
  const Evaluation& evaluation_;
  IdVector<NodeId, const TensorData*> values_;  // of the caller, of the graph, or in made_
  IdVector<NodeId, TensorData> made_;
  IdVector<NodeId, std::uint32_t> uses_;  // that are still to come
};

}  // namespace

std::vector<TensorData> evaluate(const Graph& graph, const Evaluation& evaluation, const std::vector<NodeId>& wanted) {
  return Evaluator(graph, evaluation).run(wanted);
}

}  // namespace kdlc::graph
