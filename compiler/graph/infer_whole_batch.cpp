// Types in a graph where the whole batch is one tensor: N is an axis like others.
#include "graph/infer.hpp"

namespace kdlc::graph {

namespace {

/// No identifier of the language has a space in it.
constexpr const char* kAxis = "whole batch";

void replace_all(std::vector<Dim>& dims, const std::string& from, const Dim& with) {
  for (Dim& dim : dims) {
    dim = substitute(dim, from, with);
  }
}

TensorType as_axis(TensorType type) {
  replace_all(type.shape.axes, "N", Dim::symbol(kAxis));
  return type;
}

}  // namespace

Inference infer_whole_batch(const Node& node, const OperandTypes& operands) {
  std::vector<TensorType> types;
  types.reserve(operands.size());
  OperandTypes pointers;
  for (const TensorType* operand : operands) {
    pointers.push_back(&types.emplace_back(as_axis(*operand)));
  }
  Node renamed = node;
  renamed.type = as_axis(node.type);
  if (auto* slice = std::get_if<SliceAttributes>(&renamed.attributes)) {
    replace_all(slice->begin, "N", Dim::symbol(kAxis));
  }
  Inference inference = infer_type(renamed, pointers);
  replace_all(inference.type.shape.axes, kAxis, Dim::batch());
  return inference;
}

}  // namespace kdlc::graph
