// Row programs over any axes: softmax, layer norm and their like.
#pragma once

#include <functional>

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// Applies `along_last`, which keeps the shape and works on the last axis, to the given axes of x taken as one: they
/// are moved to the end and merged, then put back. Nothing moves when they are last already. Sizes of merged axes are
/// numbers.
graph::NodeId apply_along(graph::Builder& builder, graph::NodeId x, const std::vector<std::uint32_t>& axes,
                          const std::function<graph::NodeId(graph::NodeId)>& along_last);

/// A row program in the making: steps refer to operands by the values that the functions return.
class RowsProgram {
public:
  using Operand = std::uint32_t;
  using Formula = std::function<graph::MapBuilder::Value(graph::MapBuilder& map,
                                                         const std::vector<graph::MapBuilder::Value>& operands)>;

  explicit RowsProgram(DType dtype, std::uint32_t input_count) : dtype_(dtype), operand_count_(input_count) {}
  /// A row (map) or a number (reduction of a map) from the operands, in the order given to `formula`.
  Operand map(const std::vector<Operand>& operands, const Formula& formula);
  Operand reduce(graph::Reducer reducer, const std::vector<Operand>& operands, const Formula& formula);
  [[nodiscard]] graph::RowsAttributes finish() const { return {.steps = steps_}; }

private:
  Operand push(std::optional<graph::Reducer> reducer, const std::vector<Operand>& operands, const Formula& formula);
  DType dtype_;
  std::uint32_t operand_count_;
  std::vector<graph::RowsStep> steps_;
};

}  // namespace kdlc::catalogue
