// Appends nodes and infers their types.
#include <utility>

#include "graph/infer.hpp"

namespace kdlc::graph {

namespace {

/// A broken rule here is a bug in the caller, which must have checked; the sentence goes into the internal error.
void assert_no_problem(const Node& node, const std::string& problem) {
  if (!problem.empty()) {
    assertion_failed(__FILE_NAME__, __LINE__, (std::string(name_of(node.op)) + ": " + problem).c_str());
  }
}

NodeId append(Graph& graph, RecordId record, Node node) {
  OperandTypes operands;
  for (const NodeId input : node.inputs) {
    operands.push_back(&graph.nodes[input].type);
  }
  Inference inference = graph.whole_batch ? infer_whole_batch(node, operands) : infer_type(node, operands);
  assert_no_problem(node, inference.problem);
  node.type = std::move(inference.type);
  if (record.has_value()) {
    node.records = {record};
  }
  return graph.nodes.push_back(std::move(node));
}

}  // namespace

NodeId Builder::add(Node node) {
  return graph_.nodes.push_back(std::move(node));
}

NodeId Builder::input(InputInfo info, TensorType type) {
  const auto index = static_cast<std::uint32_t>(graph_.inputs.size());
  info.node = append(graph_, record_, {.op = Op::input, .attributes = InputAttributes{index}, .type = std::move(type)});
  graph_.inputs.push_back(std::move(info));
  return graph_.inputs.back().node;
}

NodeId Builder::parameter(ParameterInfo info) {
  const auto index = static_cast<std::uint32_t>(graph_.parameters.size());
  info.node =
      append(graph_, record_, {.op = Op::parameter, .attributes = ParameterAttributes{index}, .type = info.type});
  graph_.parameters.push_back(std::move(info));
  return graph_.parameters.back().node;
}

NodeId Builder::constant(std::string name, TensorData data) {
  return append(graph_, record_,
                {.op = Op::constant, .attributes = ConstantAttributes{std::move(name), std::move(data)}});
}

NodeId Builder::scalar(double value, DType dtype) {
  TensorData data = TensorData::zeros(dtype, {});
  data.set(0, value);
  return constant({}, std::move(data));
}

NodeId Builder::map(MapExpression expression, std::vector<NodeId> operands) {
  Shape shape;
  for (const NodeId operand : operands) {
    std::optional<Shape> both = broadcast(shape, type(operand).shape);
    KDLC_ASSERT(both.has_value(), "the operands of a map broadcast against each other");
    shape = std::move(*both);
  }
  return append(graph_, record_,
                {.op = Op::map,
                 .inputs = std::move(operands),
                 .attributes = MapAttributes{std::move(expression)},
                 .type = {.shape = std::move(shape)}});
}

NodeId Builder::map1(MapOp op, NodeId operand) {
  MapBuilder builder;
  return map(builder.finish(builder.apply(op, builder.operand(0, type(operand).dtype))), {operand});
}

NodeId Builder::map2(MapOp op, NodeId left, NodeId right) {
  MapBuilder builder;
  const MapBuilder::Value first = builder.operand(0, type(left).dtype);
  const MapBuilder::Value second = builder.operand(left == right ? 0 : 1, type(right).dtype);
  MapExpression expression = builder.finish(builder.apply(op, first, second));
  return map(std::move(expression), left == right ? std::vector{left} : std::vector{left, right});
}

NodeId Builder::cast(NodeId operand, DType dtype) {
  if (type(operand).dtype == dtype) {
    return operand;
  }
  MapBuilder builder;
  return map(builder.finish(builder.cast(builder.operand(0, type(operand).dtype), dtype)), {operand});
}

NodeId Builder::broadcast_to(NodeId operand, const Shape& shape) {
  if (type(operand).shape == shape) {
    return operand;
  }
  MapBuilder builder;
  return append(graph_, record_,
                {.op = Op::map,
                 .inputs = {operand},
                 .attributes = MapAttributes{builder.finish(builder.operand(0, type(operand).dtype))},
                 .type = {.shape = shape}});
}

NodeId Builder::contraction(ContractionAttributes attributes, NodeId left, NodeId right,
                            std::vector<NodeId> epilogue_operands) {
  std::vector<NodeId> inputs = {left, right};
  inputs.insert(inputs.end(), epilogue_operands.begin(), epilogue_operands.end());
  return append(graph_, record_,
                {.op = Op::contraction, .inputs = std::move(inputs), .attributes = std::move(attributes)});
}

NodeId Builder::window_reduce(WindowReduceAttributes attributes, NodeId operand) {
  return append(graph_, record_, {.op = Op::window_reduce, .inputs = {operand}, .attributes = std::move(attributes)});
}

NodeId Builder::reduce(Reducer reducer, NodeId operand, std::vector<std::uint32_t> axes, bool keep) {
  return append(graph_, record_,
                {.op = Op::reduce,
                 .inputs = {operand},
                 .attributes = ReduceAttributes{.reducer = reducer, .axes = std::move(axes), .keep = keep}});
}

NodeId Builder::rows(RowsAttributes attributes, std::vector<NodeId> operands, DType dtype) {
  const NodeId node =
      append(graph_, record_, {.op = Op::rows, .inputs = std::move(operands), .attributes = std::move(attributes)});
  KDLC_ASSERT(type(node).dtype == dtype, "a row program gives the type that its maker expects");
  return node;
}

NodeId Builder::reshape(NodeId operand, Shape shape) {
  if (type(operand).shape == shape) {
    return operand;
  }
  return append(
      graph_, record_,
      {.op = Op::reshape, .inputs = {operand}, .attributes = ReshapeAttributes{}, .type = {.shape = std::move(shape)}});
}

NodeId Builder::transpose(NodeId operand, std::vector<std::uint32_t> permutation) {
  return append(graph_, record_,
                {.op = Op::transpose, .inputs = {operand}, .attributes = TransposeAttributes{std::move(permutation)}});
}

NodeId Builder::slice(NodeId operand, std::vector<Dim> begin, std::vector<Dim> count, std::vector<std::int64_t> step) {
  return append(graph_, record_,
                {.op = Op::slice,
                 .inputs = {operand},
                 .attributes = SliceAttributes{std::move(begin), std::move(step)},
                 .type = {.shape = {std::move(count)}}});
}

NodeId Builder::pad(NodeId operand, std::vector<std::int64_t> low, std::vector<std::int64_t> high, double value) {
  return append(
      graph_, record_,
      {.op = Op::pad, .inputs = {operand}, .attributes = PadAttributes{std::move(low), std::move(high), value}});
}

NodeId Builder::concat(std::vector<NodeId> operands, std::uint32_t axis) {
  return append(graph_, record_,
                {.op = Op::concat, .inputs = std::move(operands), .attributes = ConcatAttributes{axis}});
}

NodeId Builder::gather(NodeId table, NodeId ids, std::uint32_t axis) {
  return append(graph_, record_, {.op = Op::gather, .inputs = {table, ids}, .attributes = GatherAttributes{axis}});
}

NodeId Builder::state(StateInfo info, TensorType type) {
  const auto index = static_cast<std::uint32_t>(graph_.states.size());
  info.node = append(graph_, record_, {.op = Op::state, .attributes = StateAttributes{index}, .type = std::move(type)});
  info.next = info.node;
  graph_.states.push_back(std::move(info));
  return graph_.states.back().node;
}

NodeId Builder::scan_slice(ScanSliceAttributes attributes, NodeId sequence) {
  return append(graph_, record_, {.op = Op::scan_slice, .inputs = {sequence}, .attributes = attributes});
}

NodeId Builder::scan_state(ScanStateAttributes attributes, NodeId initial) {
  return append(graph_, record_, {.op = Op::scan_state, .inputs = {initial}, .attributes = attributes});
}

std::vector<NodeId> Builder::scan(ScanAttributes attributes, const std::vector<NodeId>& states,
                                  const std::vector<NodeId>& next, const std::vector<NodeId>& stacked) {
  std::vector<NodeId> inputs = states;
  inputs.insert(inputs.end(), next.begin(), next.end());
  inputs.insert(inputs.end(), stacked.begin(), stacked.end());
  const NodeId scan =
      append(graph_, record_, {.op = Op::scan, .inputs = std::move(inputs), .attributes = std::move(attributes)});
  std::vector<NodeId> results;
  for (std::uint32_t index = 0; index < states.size() + stacked.size(); ++index) {
    results.push_back(append(graph_, record_,
                             {.op = Op::scan_result,
                              .inputs = {scan},
                              .attributes = ScanResultAttributes{index},
                              .type = scan_result_type(graph_, graph_.nodes[scan], index)}));
  }
  return results;
}

}  // namespace kdlc::graph
