// Residuals that are stretched by accident: one channel added to all channels of the value that it was made from.
#include <fmt/format.h>

#include "check/meaning.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::check {

namespace {

using graph::NodeId;

/// True when the last axis is one element in the small operand and several in the large one, and all others are equal.
bool stretches_channels(const Shape& small, const Shape& large) {
  if (small.axis_count() != large.axis_count() || small.axis_count() < 2 || !(small.axes.back() == Dim(1)) ||
      small.axes.back() == large.axes.back()) {
    return false;
  }
  for (std::size_t axis = 0; axis + 1 < small.axis_count(); ++axis) {
    if (!(small.axes[axis] == large.axes[axis])) {
      return false;
    }
  }
  return true;
}

/// True when the value is what a layer with weights gave, and that layer or those before it read `origin`.
bool is_made_from(const Wiring& wiring, NodeId value, NodeId origin) {
  const graph::Graph& graph = wiring.graph();
  bool has_weights = false;
  for (std::size_t steps = 0; steps < graph.records.size() && value.has_value(); ++steps) {
    if (value == origin) {
      return has_weights;
    }
    const graph::RecordId maker_id = wiring.maker_of(value);
    if (!maker_id.has_value()) {
      return false;
    }
    const graph::Record& maker = wiring.record(maker_id);
    has_weights = has_weights || !maker.parameters.empty();
    value = maker.inputs.empty() ? NodeId{} : maker.inputs.front();
  }
  return false;
}

}  // namespace

void warn_of_sums(const Wiring& wiring, Report& report) {
  const graph::Graph& graph = wiring.graph();
  for (const graph::Record& record : graph.records) {
    if (record.kind != "+" || record.inputs.size() != 2 || !record.inputs[0].has_value() ||
        !record.inputs[1].has_value()) {
      continue;
    }
    for (std::size_t side = 0; side < 2; ++side) {
      const NodeId small = record.inputs[side];
      const NodeId large = record.inputs[1 - side];
      const Shape& small_shape = graph.node(small).type.shape;
      const Shape& large_shape = graph.node(large).type.shape;
      if (stretches_channels(small_shape, large_shape) && is_made_from(wiring, small, large)) {
        const graph::Record& maker = wiring.record(wiring.maker_of(small));
        report.add(record.span, diag::StretchedResidual, small_shape.to_text(), large_shape.axes.back().to_text())
            .at_caret(fmt::format("{} + {}", graph.node(record.inputs[0]).type.shape.to_text(),
                                  graph.node(record.inputs[1]).type.shape.to_text()))
            .label(maker.span, "gives one channel")
            .help(fmt::format("a residual has the {} channels of what it is added to",
                              large_shape.axes.back().to_text()));
      }
    }
  }
}

}  // namespace kdlc::check
