// What is compared when a call begins.
#include "plan/input_checks.hpp"

#include <algorithm>

#include "plan/merge_axes.hpp"
#include "plan/placement.hpp"
#include "plan/step_context.hpp"

namespace kdlc::plan {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::Op;

const Dim& places_of(const Graph& graph, const Node& gather) {
  return graph.node(gather.inputs[0]).type.shape.axes[graph::attributes<graph::GatherAttributes>(gather).axis];
}

/// The input all of whose numbers these are; nullopt when something is left out, or they are computed.
std::optional<std::uint32_t> whole_input(const Graph& graph, NodeId ids) {
  const NodeId source = graph::moved_from(graph, ids);
  for (NodeId node = ids; !(node == source); node = graph.node(node).inputs[0]) {
    if (graph.node(node).op == Op::slice) {
      return std::nullopt;
    }
  }
  const Node& node = graph.node(source);
  return node.op == Op::input ? std::optional(graph::attributes<graph::InputAttributes>(node).index) : std::nullopt;
}

bool range_fits(const graph::InputInfo& input, const Dim& places) {
  return input.range_begin && input.range_end && *input.range_begin >= 0 && places.is_constant() &&
         *input.range_end <= places.constant();
}

bool all_below(const TensorData& numbers, std::int64_t end) {
  for (std::int64_t index = 0; index < numbers.element_count(); ++index) {
    if (!(numbers.at(index) >= 0 && numbers.at(index) < static_cast<double>(end))) {
      return false;
    }
  }
  return true;
}

/// Where the ids stand in an input that they only take numbers from; nullopt when strides cannot say it, or they are
/// computed.
std::optional<Placement> view_of_input(const Graph& graph, NodeId ids) {
  const Node& node = graph.node(ids);
  if (node.op == Op::input) {
    const auto index = graph::attributes<graph::InputAttributes>(node).index;
    return Placement{Memory::input, index, 0, dense_strides(node.type.shape)};
  }
  if (graph::moved_from(graph, ids) == ids) {
    return std::nullopt;
  }
  std::optional<Placement> place = view_of_input(graph, node.inputs[0]);
  const Shape& from = graph.node(node.inputs[0]).type.shape;
  if (!place) {
    return std::nullopt;
  }
  if (node.op == Op::slice) {
    return slice_placement(*place, graph::attributes<graph::SliceAttributes>(node));
  }
  if (node.op == Op::reshape) {
    return reshape_placement(*place, from, node.type.shape);
  }
  if (node.op == Op::transpose) {
    const auto& permutation = graph::attributes<graph::TransposeAttributes>(node).permutation;
    place->strides = select(place->strides, {permutation.begin(), permutation.end()});
    return place;
  }
  return from == node.type.shape ? place : std::nullopt;
}

/// The numbers of an input that stand at `place`, under `shape`.
InputCheck check_of(const Graph& graph, const Placement& place, const Shape& shape, std::int64_t begin,
                    const Dim& end) {
  const DType dtype = graph.node(graph.inputs[place.index].node).type.dtype;
  const AxisGroup group = with_one_axis(merge_axes({shape.axes, {place.strides}}));
  InputCheck check{.axes = group.sizes, .input = access_of(place, dtype), .begin = begin, .end = end};
  check.input.strides = group.strides[0];
  return check;
}

/// All numbers of an input.
InputCheck check_of(const Graph& graph, std::uint32_t index, std::int64_t begin, const Dim& end) {
  const Shape& shape = graph.node(graph.inputs[index].node).type.shape;
  return check_of(graph, Placement{Memory::input, index, 0, dense_strides(shape)}, shape, begin, end);
}

void add(std::vector<InputCheck>& checks, InputCheck check) {
  if (std::find(checks.begin(), checks.end(), check) == checks.end()) {
    checks.push_back(std::move(check));
  }
}

}  // namespace

void narrow_input_ranges(Graph& graph) {
  std::vector<bool> is_declared;
  for (const graph::InputInfo& input : graph.inputs) {
    is_declared.push_back(input.range_begin.has_value() && input.range_end.has_value());
  }
  for (const Node& node : graph.nodes) {
    if (node.op != Op::gather || !places_of(graph, node).is_constant()) {
      continue;
    }
    const std::optional<std::uint32_t> index = whole_input(graph, node.inputs[1]);
    if (index && !is_declared[*index]) {
      graph::InputInfo& input = graph.inputs[*index];
      input.range_begin = 0;
      input.range_end = std::min(input.range_end.value_or(INT64_MAX), places_of(graph, node).constant());
    }
  }
}

bool ids_are_checked_before(const Graph& graph, const Node& gather) {
  const NodeId ids = gather.inputs[1];
  const Node& source = graph.node(graph::moved_from(graph, ids));
  const Dim& places = places_of(graph, gather);
  if (source.op == Op::constant) {
    return places.is_constant() &&
           all_below(graph::attributes<graph::ConstantAttributes>(source).data, places.constant());
  }
  if (source.op != Op::input) {
    return false;
  }
  const auto index = graph::attributes<graph::InputAttributes>(source).index;
  return whole_input(graph, ids) || view_of_input(graph, ids) || range_fits(graph.inputs[index], places);
}

std::vector<InputCheck> find_input_checks(const Graph& graph) {
  std::vector<InputCheck> checks;
  for (std::uint32_t index = 0; index < graph.inputs.size(); ++index) {
    const graph::InputInfo& input = graph.inputs[index];
    if (input.range_begin && input.range_end) {
      add(checks, check_of(graph, index, *input.range_begin, *input.range_end));
    }
  }
  for (const Node& node : graph.nodes) {
    if (node.op != Op::gather) {
      continue;
    }
    const Dim& places = places_of(graph, node);
    if (const auto whole = whole_input(graph, node.inputs[1])) {
      if (!range_fits(graph.inputs[*whole], places)) {
        add(checks, check_of(graph, *whole, 0, places));
      }
    } else if (const auto view = view_of_input(graph, node.inputs[1]);
               view && !range_fits(graph.inputs[view->index], places)) {
      add(checks, check_of(graph, *view, graph.node(node.inputs[1]).type.shape, 0, places));
    }
  }
  return checks;
}

}  // namespace kdlc::plan
