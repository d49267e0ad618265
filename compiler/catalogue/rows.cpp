// Row programs over any axes: softmax, layer norm and their like.
#include "catalogue/rows.hpp"

#include <algorithm>

namespace kdlc::catalogue {

RowsProgram::Operand RowsProgram::push(std::optional<graph::Reducer> reducer, const std::vector<Operand>& operands,
                                       const Formula& formula) {
  graph::MapBuilder map;
  std::vector<graph::MapBuilder::Value> values;
  values.reserve(operands.size());
  for (const Operand operand : operands) {
    values.push_back(map.operand(operand, dtype_));
  }
  const graph::MapBuilder::Value result = formula(map, values);
  steps_.push_back({.reducer = reducer, .expression = map.finish(result)});
  return operand_count_++;
}

RowsProgram::Operand RowsProgram::map(const std::vector<Operand>& operands, const Formula& formula) {
  return push(std::nullopt, operands, formula);
}

RowsProgram::Operand RowsProgram::reduce(graph::Reducer reducer, const std::vector<Operand>& operands,
                                         const Formula& formula) {
  return push(reducer, operands, formula);
}

graph::NodeId apply_along(graph::Builder& builder, graph::NodeId x, const std::vector<std::uint32_t>& axes,
                          const std::function<graph::NodeId(graph::NodeId)>& along_last) {
  const Shape shape = builder.type(x).shape;
  const auto count = static_cast<std::uint32_t>(shape.axis_count());
  std::vector<std::uint32_t> permutation;
  for (std::uint32_t axis = 0; axis < count; ++axis) {
    if (std::ranges::find(axes, axis) == axes.end()) {
      permutation.push_back(axis);
    }
  }
  const std::size_t kept = permutation.size();
  permutation.insert(permutation.end(), axes.begin(), axes.end());
  const bool moves = !std::ranges::is_sorted(permutation);

  graph::NodeId node = moves ? builder.transpose(x, permutation) : x;
  const Shape moved = builder.type(node).shape;
  if (axes.size() != 1) {
    Dim merged = 1;
    for (const std::uint32_t axis : axes) {
      merged = merged * shape.axes[axis];
    }
    Shape rows{{moved.axes.begin(), moved.axes.begin() + static_cast<std::ptrdiff_t>(kept)}};
    rows.axes.push_back(merged);
    node = builder.reshape(node, rows);
  }
  node = along_last(node);
  if (axes.size() != 1) {
    node = builder.reshape(node, moved);
  }
  if (moves) {
    std::vector<std::uint32_t> back(count);
    for (std::uint32_t place = 0; place < count; ++place) {
      back[permutation[place]] = place;
    }
    node = builder.transpose(node, back);
  }
  return node;
}

}  // namespace kdlc::catalogue
