// Types in a graph where the whole batch is one tensor: N is an axis like others.
#include "graph/infer.hpp"

namespace kdlc::graph {

namespace {

/// No identifier of the language has a space in it.
constexpr const char* kAxis = "whole batch";

/// `dim` with every symbol `from` replaced.
Dim replace(const Dim& dim, const std::string& from, const Dim& with) {
  Dim result = dim.constant_part();
  for (const Dim::Term& term : dim.terms()) {
    std::vector<Dim> operands;
    for (const Dim& operand : term.operands) {
      operands.push_back(replace(operand, from, with));
    }
    Dim value;
    switch (term.opaque) {
      case Dim::Opaque::symbol:
        value = term.symbol == from ? with : Dim::symbol(term.symbol);
        break;
      case Dim::Opaque::floor_divide:
        value = floor_divide(operands[0], operands[1]);
        break;
      case Dim::Opaque::remainder:
        value = remainder(operands[0], operands[1]);
        break;
      case Dim::Opaque::product:
        value = 1;
        for (const Dim& operand : operands) {
          value = value * operand;
        }
        break;
      case Dim::Opaque::minimum:
        value = minimum(operands[0], operands[1]);
        break;
      case Dim::Opaque::maximum:
        value = maximum(operands[0], operands[1]);
        break;
    }
    result = result + value * Dim(term.coefficient);
  }
  return result;
}

void replace_all(std::vector<Dim>& dims, const std::string& from, const Dim& with) {
  for (Dim& dim : dims) {
    dim = replace(dim, from, with);
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
