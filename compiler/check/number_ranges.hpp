// Private to check/: which numbers a value can be, from the formulas that make it.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "check/intervals.hpp"
#include "graph/graph.hpp"

namespace kdlc::check {

/// Interval arithmetic over the graph, back to the nearest weights.
class NumberRanges {
public:
  explicit NumberRanges(const graph::Graph& graph) : graph_(graph) {}

  NumberRange of(graph::NodeId id);

private:
  NumberRange compute(graph::NodeId id);
  NumberRange of_map(const graph::MapExpression& expression, const std::vector<NumberRange>& operands);
  [[nodiscard]] std::optional<std::uint32_t> weight_at(graph::NodeId id) const;
  NumberRange of_contraction(const graph::Node& node);
  NumberRange of_rows(const graph::Node& node);
  NumberRange of_reduction(graph::Reducer reducer, NumberRange range);

  const graph::Graph& graph_;
  std::map<graph::NodeId, NumberRange> known_;
  std::size_t depth_ = 0;
};

}  // namespace kdlc::check
