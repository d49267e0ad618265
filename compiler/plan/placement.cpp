// Requests for places flow from consumers to producers; views are resolved from producers to consumers.
#include "plan/placement.hpp"

#include <algorithm>
#include <set>

#include "plan/in_place.hpp"
#include "plan/loops.hpp"

namespace kdlc::plan {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::Op;

bool is_view(Op op) {
  return op == Op::reshape || op == Op::slice || op == Op::scan_slice;
}

class Placer {
public:
  Placer(const Graph& graph, const IdVector<NodeId, bool>& prepared)
      : graph_(graph), prepared_(prepared), uses_(graph::count_uses(graph)), loops_(graph::find_loops(graph)) {
    readers_.resize(graph.nodes.size());
    for (const NodeId id : graph.nodes.ids()) {
      for (const NodeId operand : graph.node(id).inputs) {
        readers_[operand].push_back(id);
      }
    }
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
      if (!prepared_[id] && !result_.places[id] && graph_.node(id).op != Op::scan) {
        resolve_view(id);
      }
    }
    return std::move(result_);
  }

private:
  [[nodiscard]] const Shape& shape(NodeId id) const { return graph_.node(id).type.shape; }

  /// True for a value that a step computes and that nobody has placed yet.
  [[nodiscard]] bool can_request(NodeId id) const {
    const Op op = graph_.node(id).op;
    return !prepared_[id] && op != Op::input && op != Op::state && op != Op::scan_state && !result_.places[id];
  }

  Placement new_buffer(const TensorType& type) { return new_buffer(type, dense_strides(type.shape)); }
  Placement new_buffer(const TensorType& type, Strides strides) {
    const Dim elements = type.shape.axes.empty() ? Dim(1) : strides.front() * type.shape.axes.front();
    result_.buffers.push_back(
        {type.shape.has_batch() ? strides.front() : elements, type.shape.has_batch(), type.dtype});
    return {Memory::arena, static_cast<std::uint32_t>(result_.buffers.size() - 1), 0, std::move(strides)};
  }

  /// Dense, or with room between rows where contractions read them together: those of the value, or of one that will
  /// be overwritten by it.
  [[nodiscard]] Strides strides_of(NodeId id) const {
    const TensorType& type = graph_.node(id).type;
    bool is_left = false;
    for (NodeId value = id; value.has_value(); value = find_overwritten(value)) {
      if (loops_[value].has_value() || graph_.node(value).type.shape != type.shape) {
        return dense_strides(type.shape);
      }
      for (const NodeId reader : readers_[value]) {
        const Node& node = graph_.node(reader);
        is_left = is_left || (node.op == Op::contraction && node.inputs.front() == value);
        if (loops_[reader].has_value() || (is_view(node.op) && node.op != Op::slice)) {
          return dense_strides(type.shape);
        }
      }
    }
    return is_left ? spread_strides(type) : dense_strides(type.shape);
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
    for (std::size_t index = 0; index < graph_.states.size(); ++index) {
      const NodeId id = graph_.states[index].next;
      request(id, {Memory::next_state, static_cast<std::uint32_t>(index), 0, dense_strides(shape(id))}, true);
    }
  }

  void place_backward(NodeId id) {
    const Node& node = graph_.node(id);
    if (node.op == Op::input) {
      const auto index = graph::attributes<graph::InputAttributes>(node).index;
      result_.places[id] = {Memory::input, index, 0, dense_strides(node.type.shape)};
      return;
    }
    if (node.op == Op::state) {
      const auto index = graph::attributes<graph::StateAttributes>(node).index;
      result_.places[id] = {Memory::state, index, 0, dense_strides(node.type.shape)};
      return;
    }
    if (is_view(node.op) || node.op == Op::scan_result) {
      return;  // without a request it becomes a view, once its operand is placed; a scan places its results
    }
    if (node.op == Op::scan) {
      place_loop(id);
      return;
    }
    if (node.op == Op::scan_state) {
      if (uses_[node.inputs.front()] == 1) {
        request(node.inputs.front(), *result_.places[id], false);
      }
      return;
    }
    if (!result_.places[id]) {
      result_.places[id] = new_buffer(node.type, strides_of(id));
    }
    if (node.op == Op::pad) {
      request_inside_pad(id);
    } else if (node.op == Op::concat) {
      request_inside_concat(id);
    } else {
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
    request_in_turn(id, operand, std::move(place), false);
  }

  void request_inside_concat(NodeId id) {
    const Node& node = graph_.node(id);
    const std::uint32_t axis = graph::attributes<graph::ConcatAttributes>(node).axis;
    Dim start;
    for (const NodeId operand : node.inputs) {
      Placement place = *result_.places[id];
      place.offset = place.offset + start * place.strides[axis];
      request_in_turn(id, operand, std::move(place), false);
      start = start + shape(operand).axes[axis];
    }
  }

  /// Asks for the place of an operand unless it is made before the loop of `id`, whose every turn reads it.
  void request_in_turn(NodeId id, NodeId operand, Placement place, bool is_dense) {
    if (loops_[operand] == loops_[id]) {
      request(operand, std::move(place), is_dense);
    }
  }

  /// An operand that is read element by element, by a map or an epilogue, is overwritten by the result when nothing
  /// reads it later.
  [[nodiscard]] NodeId find_overwritten(NodeId id) const {
    const Node& node = graph_.node(id);
    if ((node.op != Op::map && node.op != Op::contraction) || state_updates_.contains(id)) {
      return {};  // until a state's update runs, the old state is there
    }
    const auto operand = std::find_if(node.inputs.begin(), node.inputs.end(), [&](NodeId candidate) {
      return can_request(candidate) && may_overwrite(graph_, loops_, id, candidate);
    });
    return operand == node.inputs.end() ? NodeId{} : *operand;
  }

  void request_in_place(NodeId id) {
    if (const NodeId operand = find_overwritten(id); operand.has_value()) {
      result_.places[operand] = result_.places[id];
    }
  }

  /// The first node that picks this result of a scan; none when nothing does.
  [[nodiscard]] NodeId find_result(NodeId scan, std::uint32_t index) const {
    for (const NodeId id : graph_.nodes.ids()) {
      const Node& node = graph_.node(id);
      if (node.op == Op::scan_result && node.inputs.front() == scan &&
          graph::attributes<graph::ScanResultAttributes>(node).index == index) {
        return id;
      }
    }
    return {};
  }

  /// The place that a consumer of the result has asked for, else a buffer; the result is there without a step.
  Placement place_result(NodeId result, const TensorType& type) {
    const bool is_placed = result.has_value() && result_.places[result];
    const Placement place = is_placed ? *result_.places[result] : new_buffer(type);
    if (result.has_value()) {
      result_.places[result] = place;
      result_.is_alias[result] = true;
    }
    return place;
  }

  void place_loop(NodeId id) {
    const Node& node = graph_.node(id);
    const auto& scan = graph::attributes<graph::ScanAttributes>(node);
    for (std::uint32_t index = 0; index < scan.state_count; ++index) {
      const NodeId state = node.inputs[index];
      const NodeId next = node.inputs[scan.state_count + index];
      result_.places[state] = place_result(find_result(id, index), graph_.node(state).type);
      if (can_request(next) && can_update_in_place(graph_, loops_, state, next)) {
        result_.places[next] = result_.places[state];
        state_updates_.insert(next);
      }
    }
    std::vector<std::optional<Placement>>& places = result_.stacks[id];
    for (std::uint32_t index = 0; index < scan.stacks.size(); ++index) {
      const graph::ScanStack& stack = scan.stacks[index];
      const NodeId value = node.inputs[2 * scan.state_count + index];
      const NodeId result = find_result(id, scan.state_count + index);
      std::optional<Placement>& place = places.emplace_back();
      if (!result.has_value()) {
        continue;
      }
      place = place_result(result, graph_.node(result).type);
      if (loops_[value] == scan.scan) {
        request(value, step_placement(*place, stack.axis, stack.from_end, scan.scan, scan.steps), false);
      }
    }
  }

  /// The place of a view as part of its operand's; nullopt when it is none.
  [[nodiscard]] std::optional<Placement> view_placement(const Node& node) const {
    const NodeId operand = node.inputs.front();
    const Placement& source = *result_.places[operand];
    if (node.op == Op::scan_slice) {
      const auto& slice = graph::attributes<graph::ScanSliceAttributes>(node);
      return step_placement(source, slice.axis, slice.from_end, slice.scan, shape(operand).axes[slice.axis]);
    }
    return node.op == Op::slice ? slice_placement(source, graph::attributes<graph::SliceAttributes>(node))
                                : reshape_placement(source, shape(operand), node.type.shape);
  }

  void resolve_view(NodeId id) {
    const Node& node = graph_.node(id);
    if (node.op == Op::scan_result) {  // picked a second time
      const auto index = graph::attributes<graph::ScanResultAttributes>(node).index;
      result_.places[id] = result_.places[find_result(node.inputs.front(), index)];
      result_.is_alias[id] = true;
      return;
    }
    KDLC_ASSERT(is_view(node.op), "only views are placed from their operand");
    const NodeId operand = node.inputs.front();
    std::optional<Placement> place;
    if (!prepared_[operand]) {
      place = view_placement(node);
      if (place && !place->strides.empty() && place->strides.back() != Dim(1) &&
          node.type.shape.axes.back() != Dim(1) && node.type.shape.without_batch().axis_count() > 0) {
        place.reset();  // kernels read rows of neighbours: a copy is cheaper than a gather in each of them
      }
    }
    result_.is_alias[id] = place.has_value();
    result_.places[id] = place ? std::move(*place) : new_buffer(node.type);
  }

  const Graph& graph_;
  const IdVector<NodeId, bool>& prepared_;
  IdVector<NodeId, std::uint32_t> uses_;
  IdVector<NodeId, std::vector<NodeId>> readers_;
  IdVector<NodeId, graph::ScanId> loops_;
  std::set<NodeId> state_updates_;  // next values that overwrite their state
  PlacedGraph result_;
};

}  // namespace

PlacedGraph place_values(const Graph& graph, const IdVector<NodeId, bool>& prepared) {
  return Placer(graph, prepared).run();
}

}  // namespace kdlc::plan
