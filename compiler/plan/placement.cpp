// Requests for places flow from consumers to producers; views are resolved from producers to consumers.
#include "plan/placement.hpp"

#include <algorithm>

namespace kdlc::plan {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::Op;

class Placer {
public:
  Placer(const Graph& graph, const IdVector<NodeId, bool>& prepared)
      : graph_(graph), prepared_(prepared), uses_(graph::count_uses(graph)) {
    result_.places.resize(graph.nodes.size());
    result_.is_alias.resize(graph.nodes.size(), false);
  }

  PlacedGraph run() {
    request_outputs();
    const std::vector<NodeId> order = graph_.nodes.ids();
    for (auto id = order.rbegin(); id != order.rend(); ++id) {
      if (!prepared_[*id]) {
        place_backward(*id);
      }
    }
    for (const NodeId id : order) {
      if (!prepared_[id] && !result_.places[id]) {
        resolve_view(id);
      }
    }
    return std::move(result_);
  }

private:
  [[nodiscard]] const Shape& shape(NodeId id) const { return graph_.node(id).type.shape; }

  /// True for a value that a step computes and that nobody has placed yet.
  [[nodiscard]] bool can_request(NodeId id) const {
    return !prepared_[id] && graph_.node(id).op != Op::input && !result_.places[id];
  }

  Placement new_buffer(const TensorType& type) {
    result_.buffers.push_back({type.shape.without_batch().element_count(), type.shape.has_batch(), type.dtype});
    return {Memory::arena, static_cast<std::uint32_t>(result_.buffers.size() - 1), 0, dense_strides(type.shape)};
  }

  /// Gives a value its place; a reshape hands it on to its operand when that is its only use, and refuses a place that
  /// is not one dense run when it cannot.
  void request(NodeId id, Placement place, bool is_dense) {
    if (!can_request(id)) {
      return;
    }
    const Node& node = graph_.node(id);
    if (node.op == Op::reshape) {
      const NodeId operand = node.inputs.front();
      const auto inner = reshape_placement(place, shape(id), shape(operand));
      if (inner && uses_[operand] == 1 && can_request(operand)) {
        request(operand, *inner, is_dense);
      }
      result_.is_alias[id] = result_.places[operand].has_value() && inner && same(*result_.places[operand], *inner);
      if (!result_.is_alias[id] && !is_dense) {
        return;
      }
    }
    result_.places[id] = std::move(place);
  }

  static bool same(const Placement& left, const Placement& right) {
    return left.memory == right.memory && left.index == right.index && left.offset == right.offset &&
           left.strides == right.strides;
  }

  void request_outputs() {
    for (std::size_t index = 0; index < graph_.outputs.size(); ++index) {
      const NodeId id = graph_.outputs[index].node;
      request(id, {Memory::output, static_cast<std::uint32_t>(index), 0, dense_strides(shape(id))}, true);
    }
  }

  void place_backward(NodeId id) {
    const Node& node = graph_.node(id);
    if (node.op == Op::input) {
      const auto index = graph::attributes<graph::InputAttributes>(node).index;
      result_.places[id] = {Memory::input, index, 0, dense_strides(node.type.shape)};
      return;
    }
    if (node.op == Op::reshape || node.op == Op::slice) {
      return;  // without a request it becomes a view, once its operand is placed
    }
    if (!result_.places[id]) {
      result_.places[id] = new_buffer(node.type);
    }
    if (node.op == Op::pad) {
      request_inside_pad(id);
    } else if (node.op == Op::concat) {
      request_inside_concat(id);
    } else if (node.op == Op::map) {
      request_in_place(id);
    }
  }

  void request_inside_pad(NodeId id) {
    const Node& node = graph_.node(id);
    const NodeId operand = node.inputs.front();
    const auto& pad = graph::attributes<graph::PadAttributes>(node);
    const bool crops = std::any_of(pad.low.begin(), pad.low.end(), [](std::int64_t cells) { return cells < 0; }) ||
                       std::any_of(pad.high.begin(), pad.high.end(), [](std::int64_t cells) { return cells < 0; });
    if (crops) {
      return;
    }
    Placement place = *result_.places[id];
    for (std::size_t axis = 0; axis < place.strides.size(); ++axis) {
      place.offset = place.offset + place.strides[axis] * pad.low[axis];
    }
    request(operand, std::move(place), false);
  }

  void request_inside_concat(NodeId id) {
    const Node& node = graph_.node(id);
    const std::uint32_t axis = graph::attributes<graph::ConcatAttributes>(node).axis;
    Dim start;
    for (const NodeId operand : node.inputs) {
      Placement place = *result_.places[id];
      place.offset = place.offset + start * place.strides[axis];
      request(operand, std::move(place), false);
      start = start + shape(operand).axes[axis];
    }
  }

  /// The operand of an elementwise map is overwritten by its result when nothing else reads it.
  void request_in_place(NodeId id) {
    const Node& node = graph_.node(id);
    for (const NodeId operand : node.inputs) {
      const Op op = graph_.node(operand).op;
      if (can_request(operand) && uses_[operand] == 1 && op != Op::reshape && op != Op::slice && op != Op::pad &&
          op != Op::concat && graph_.node(operand).type == node.type) {
        result_.places[operand] = result_.places[id];
        return;
      }
    }
  }

  void resolve_view(NodeId id) {
    const Node& node = graph_.node(id);
    KDLC_ASSERT(node.op == Op::reshape || node.op == Op::slice, "only views are placed from their operand");
    const NodeId operand = node.inputs.front();
    std::optional<Placement> place;
    if (!prepared_[operand]) {
      const Placement& source = *result_.places[operand];
      place = node.op == Op::slice ? slice_placement(source, graph::attributes<graph::SliceAttributes>(node))
                                   : reshape_placement(source, shape(operand), shape(id));
      if (place && !place->strides.empty() && place->strides.back() != Dim(1) &&
          node.type.shape.axes.back() != Dim(1)) {
        place.reset();  // kernels read rows of neighbours: a copy is cheaper than a gather in each of them
      }
    }
    result_.is_alias[id] = place.has_value();
    result_.places[id] = place ? std::move(*place) : new_buffer(node.type);
  }

  const Graph& graph_;
  const IdVector<NodeId, bool>& prepared_;
  IdVector<NodeId, std::uint32_t> uses_;
  PlacedGraph result_;
};

}  // namespace

std::optional<Placement> reshape_placement(const Placement& place, const Shape& from, const Shape& to) {
  if (from.has_batch() != to.has_batch()) {
    return std::nullopt;
  }
  const std::size_t batch_axes = from.has_batch() ? 1 : 0;
  const Strides inner(place.strides.begin() + static_cast<std::ptrdiff_t>(batch_axes), place.strides.end());
  const auto strides = reshape_strides(from.without_batch().axes, inner, to.without_batch().axes);
  if (!strides) {
    return std::nullopt;
  }
  Placement result = place;
  result.strides.assign(place.strides.begin(), place.strides.begin() + static_cast<std::ptrdiff_t>(batch_axes));
  result.strides.insert(result.strides.end(), strides->begin(), strides->end());
  return result;
}

Placement slice_placement(const Placement& place, const graph::SliceAttributes& slice) {
  Placement result = place;
  for (std::size_t axis = 0; axis < place.strides.size(); ++axis) {
    result.offset = result.offset + slice.begin[axis] * place.strides[axis];
    result.strides[axis] = place.strides[axis] * slice.step[axis];
  }
  return result;
}

Strides dense_strides(const Shape& shape) {
  Strides strides(shape.axes.size(), 1);
  Dim stride = 1;
  for (std::size_t axis = shape.axes.size(); axis-- > 0;) {
    strides[axis] = stride;
    if (!shape.axes[axis].is_batch()) {
      stride = stride * shape.axes[axis];
    }
  }
  return strides;
}

std::optional<Strides> reshape_strides(const std::vector<Dim>& from_sizes, const Strides& from_strides,
                                       const std::vector<Dim>& to_sizes) {
  // Axes of size 1 carry no stride of their own; walk both shapes from the right, matching groups of equal product.
  std::vector<Dim> sizes;
  Strides strides;
  for (std::size_t axis = 0; axis < from_sizes.size(); ++axis) {
    if (from_sizes[axis] != Dim(1)) {
      sizes.push_back(from_sizes[axis]);
      strides.push_back(from_strides[axis]);
    }
  }
  Strides result(to_sizes.size(), 1);
  std::size_t from = sizes.size();
  Dim left_in_group = 1;  // elements of the current source group not yet given to a result axis
  Dim stride = 1;
  for (std::size_t to = to_sizes.size(); to-- > 0;) {
    const Dim& size = to_sizes[to];
    if (size == Dim(1)) {
      continue;
    }
    if (left_in_group == Dim(1)) {
      if (from == 0) {
        return std::nullopt;
      }
      --from;
      left_in_group = sizes[from];
      stride = strides[from];
    }
    // Contiguous neighbours join the group until it covers this axis.
    std::optional<Dim> rest;
    while (!(rest = exact_quotient(left_in_group, size))) {
      if (from == 0 || strides[from - 1] != stride * left_in_group) {
        return std::nullopt;
      }
      --from;
      left_in_group = left_in_group * sizes[from];
    }
    result[to] = stride;
    stride = stride * size;
    left_in_group = *rest;
  }
  return result;
}

PlacedGraph place_values(const Graph& graph, const IdVector<NodeId, bool>& prepared) {
  return Placer(graph, prepared).run();
}

}  // namespace kdlc::plan
