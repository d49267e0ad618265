// See contraction_tensors.hpp.
#include "plan/contraction_tensors.hpp"

#include "plan/arena.hpp"

namespace kdlc::plan {

using graph::Node;
using graph::NodeId;

ContractionTensors find_tensors(StepContext& context, const Node& node, NodeId id) {
  const auto tensor = [&](NodeId which) {
    const Placement place = context.place(which);
    return ContractionTensor{access_of(place, context.node(which).type.dtype), place.strides};
  };
  ContractionTensors tensors{.left = tensor(node.inputs[0]), .right = {}, .output = tensor(id), .operands = {}};
  if (!context.prepared[node.inputs[1]]) {  // a prepared one is packed
    tensors.right = tensor(node.inputs[1]);
  }
  for (std::size_t index = 2; index < node.inputs.size(); ++index) {
    const NodeId input = node.inputs[index];
    const Placement place = context.place(input);
    const TensorType type = context.node(input).type;
    tensors.operands.push_back({access_of(place, type.dtype), broadcast_strides(place, type.shape, node.type.shape)});
  }
  return tensors;
}

Dim stride_at(const ContractionTensor& tensor, const std::optional<std::size_t>& axis) {
  return axis && !tensor.strides.empty() ? tensor.strides[*axis] : Dim(0);
}

graph::NodeId in_panels(graph::Builder& builder, graph::NodeId weights, const WeightMatrices& matrices,
                        std::int64_t width, std::optional<std::int64_t> panels_of_part) {
  const std::int64_t padded = round_up(matrices.columns, width);
  const std::int64_t panels = panels_of_part.value_or(padded / width);
  graph::NodeId value = builder.reshape(weights, {{matrices.count, matrices.depth, matrices.columns}});
  value = builder.pad(value, {0, 0, 0}, {0, 0, padded - matrices.columns}, 0);
  value = builder.reshape(value, {{matrices.count, matrices.depth, padded / width / panels, panels, width}});
  return builder.transpose(value, {2, 0, 3, 1, 4});
}

}  // namespace kdlc::plan
