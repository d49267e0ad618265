// Recurrent layers as loops: x × kernel + bias for all steps before the loop, h × recurrent_kernel and the gates in it.
//
//   p = x × kernel + bias                         one contraction over all steps
//   for every step t (from the last one when backward):
//     states = compute(p[t], states)              masked samples keep theirs
//     y[t] = states[0]                            masked samples repeat the y before
#include <algorithm>

#include "catalogue/labels.hpp"
#include "catalogue/recurrent.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;
using graph::NodeId;

std::uint32_t last_axis(const graph::Builder& builder, NodeId value) {
  return static_cast<std::uint32_t>(builder.type(value).shape.axis_count() - 1);
}

/// `count` elements of the last axis, from `begin` on.
NodeId slice_last(graph::Builder& builder, NodeId value, const Dim& begin, const Dim& count) {
  const Shape& shape = builder.type(value).shape;
  std::vector<Dim> begins(shape.axis_count(), 0);
  std::vector<Dim> counts = shape.axes;
  begins.back() = begin;
  counts.back() = count;
  return builder.slice(value, begins, counts, std::vector<std::int64_t>(shape.axis_count(), 1));
}

/// Where `mask` (with a last axis of 1) is true `first`, else `second`.
NodeId choose(graph::Builder& builder, NodeId mask, NodeId first, NodeId second) {
  MapBuilder map;
  const DType dtype = builder.type(first).dtype;
  const auto value = map.select(map.operand(0, DType::boolean), map.operand(1, dtype), map.operand(2, dtype));
  return builder.map(map.finish(value), {mask, first, second});
}

NodeId contract_last(graph::Builder& builder, NodeId left, NodeId matrix) {
  const std::string labels = leading_labels(builder.type(left).shape.axis_count() - 1);
  return builder.contraction({.left = labels + "k", .right = "kf", .output = labels + "f"}, left, matrix);
}

NodeId row_of(graph::Builder& builder, NodeId matrix, std::int64_t row) {
  const Dim columns = builder.type(matrix).shape.axes[1];
  return builder.reshape(builder.slice(matrix, {row, 0}, {1, columns}, {1, 1}), {{columns}});
}

/// What the layer gives for one direction.
struct DirectionResult {
  NodeId y;
  std::vector<NodeId> states;
};

class RecurrentLowering {
public:
  RecurrentLowering(Lowering& lowering, const RecurrentKind& kind)
      : lowering_(lowering),
        application_(lowering.application),
        builder_(lowering.builder),
        kind_(kind),
        both_(application_.word("direction") == "both"),
        steps_axis_(static_cast<std::uint32_t>(application_.type().shape.axis_count() - 2)) {}

  std::vector<NodeId> run() {
    if (!both_) {
      DirectionResult only = run_direction("", 0, application_.word("direction") == "backward");
      return with_states({only.y}, {only});
    }
    const DirectionResult forward = run_direction("forward.", 0, false);
    const DirectionResult backward = run_direction("backward.", 1, true);
    return with_states(merge(forward.y, backward.y), {forward, backward});
  }

private:
  std::vector<NodeId> with_states(std::vector<NodeId> results, const std::vector<DirectionResult>& directions) const {
    for (const DirectionResult& direction : directions) {
      if (application_.boolean("states")) {
        results.insert(results.end(), direction.states.begin(), direction.states.end());
      }
    }
    return results;
  }

  std::vector<NodeId> merge(NodeId forward, NodeId backward) {
    const std::string& mode = application_.word("merge");
    if (mode == "concat") {
      return {builder_.concat({forward, backward}, last_axis(builder_, forward))};
    }
    if (mode == "mul") {
      return {builder_.map2(MapOp::multiply, forward, backward)};
    }
    const NodeId sum = builder_.map2(MapOp::add, forward, backward);
    return {mode == "sum" ? sum : builder_.map2(MapOp::multiply, sum, builder_.scalar(0.5, builder_.type(sum).dtype))};
  }

  [[nodiscard]] NodeId weight(std::size_t direction, std::size_t index) const {
    const std::size_t per_direction = lowering_.weights.size() / (both_ ? 2 : 1);
    return lowering_.weights[direction * per_direction + index];
  }
  [[nodiscard]] bool has_two_biases() const {
    return kind_.has_reset_after && application_.boolean("reset_after") && application_.boolean("bias");
  }

  /// x × kernel + bias for all steps.
  NodeId project(std::size_t direction) {
    const NodeId product = contract_last(builder_, lowering_.inputs[0], weight(direction, 0));
    if (!application_.boolean("bias")) {
      return product;
    }
    const NodeId bias = weight(direction, 2);
    return builder_.map2(MapOp::add, product, has_two_biases() ? row_of(builder_, bias, 0) : bias);
  }

  [[nodiscard]] TensorType state_type() const {
    const TensorType& x = application_.type();
    TensorType type{.dtype = x.dtype, .shape = {{x.shape.axes.begin(), x.shape.axes.end() - 2}}};
    type.shape.axes.emplace_back(application_.integer("units"));
    return type;
  }

  NodeId zeros() {
    const TensorType type = state_type();
    return builder_.broadcast_to(builder_.scalar(0, type.dtype), type.shape);
  }

  /// Its index among the graph's states. A layer that is applied again goes on where it was left in the same call, as
  /// in Keras: it finds its state there.
  std::size_t kept_state(const std::string& name) {
    const std::vector<graph::StateInfo>& states = builder_.graph().states;
    const auto known = std::find_if(states.begin(), states.end(), [&](const graph::StateInfo& state) {
      return state.name == name && builder_.type(state.node) == state_type();
    });
    const auto index = static_cast<std::size_t>(known - states.begin());
    if (known == states.end()) {
      builder_.state({.name = name, .span = application_.span}, state_type());
    }
    return index;
  }

  /// The states before the first turn; kept ones are entered into `kept`.
  std::vector<NodeId> initial_states(const std::string& prefix, std::size_t direction, std::vector<std::size_t>& kept) {
    std::vector<NodeId> states;
    const std::span<const BoundInput> initial = application_.inputs_of("initial");
    for (std::size_t index = 0; index < kind_.states.size(); ++index) {
      if (!initial.empty()) {
        const std::size_t first = lowering_.inputs.size() - initial.size();
        states.push_back(lowering_.inputs[first + direction * kind_.states.size() + index]);
      } else if (application_.boolean("stateful")) {
        kept.push_back(kept_state(application_.path + "." + prefix + std::string(kind_.states[index])));
        states.push_back(builder_.graph().states[kept.back()].next);
      } else {
        states.push_back(zeros());
      }
    }
    return states;
  }

  NodeId step_mask(graph::ScanId scan, bool from_end) {
    const std::span<const BoundInput> masks = application_.inputs_of("mask");
    if (masks.empty()) {
      return {};
    }
    const NodeId mask =
        builder_.scan_slice({.scan = scan, .axis = steps_axis_, .from_end = from_end}, lowering_.inputs[1]);
    Shape shape = builder_.type(mask).shape;
    shape.axes.emplace_back(1);
    return builder_.reshape(mask, shape);
  }

  DirectionResult run_direction(const std::string& prefix, std::size_t direction, bool from_end) {
    const NodeId projected = project(direction);
    std::vector<std::size_t> kept;
    const std::vector<NodeId> initial = initial_states(prefix, direction, kept);
    const bool starts_at_zero = kept.empty() && application_.inputs_of("initial").empty();

    const graph::ScanId scan = builder_.begin_scan();
    std::vector<NodeId> states;
    const auto open_state = [&](NodeId value) {
      states.push_back(builder_.scan_state({.scan = scan, .index = static_cast<std::uint32_t>(states.size())}, value));
      return states.back();
    };
    for (const NodeId value : initial) {
      open_state(value);
    }
    const NodeId mask = step_mask(scan, from_end);
    const NodeId x = builder_.scan_slice({.scan = scan, .axis = steps_axis_, .from_end = from_end}, projected);
    Turn turn(application_, builder_, x, states, mask);
    turn.recurrent_kernel = weight(direction, 1);
    turn.recurrent_bias = has_two_biases() ? row_of(builder_, weight(direction, 2), 1) : NodeId{};
    std::vector<NodeId> next = kind_.compute(turn, application_);

    const bool sequences = application_.boolean("sequences");
    NodeId y = next[0];
    std::size_t last_y = 0;  // the state that holds y behind the last turn
    if (mask.has_value() && both_ && sequences) {
      y = choose(builder_, mask, y, zeros());  // Keras' zero_output_for_mask
    } else if (mask.has_value() && !starts_at_zero) {
      // Before the first step that counts y is 0 while the states are as given.
      last_y = states.size();
      const NodeId before = open_state(zeros());
      y = choose(builder_, mask, y, before);
      next.push_back(y);
    }
    graph::ScanAttributes attributes{.scan = scan,
                                     .steps = application_.type().shape.axes[steps_axis_],
                                     .state_count = static_cast<std::uint32_t>(states.size()),
                                     .stacks = {}};
    std::vector<NodeId> stacked;
    if (sequences) {
      // In order of time for both directions; a layer that reads backwards gives its steps in that order.
      attributes.stacks.push_back({.axis = steps_axis_, .from_end = from_end && both_});
      stacked.push_back(y);
    }
    const std::vector<NodeId> results = builder_.scan(attributes, states, next, stacked);
    for (std::size_t index = 0; index < kept.size(); ++index) {
      builder_.graph().states[kept[index]].next = results[index];
    }
    return {.y = sequences ? results.back() : results[last_y],
            .states = {results.begin(), results.begin() + static_cast<std::ptrdiff_t>(kind_.states.size())}};
  }

  Lowering& lowering_;
  const Application& application_;
  graph::Builder& builder_;
  const RecurrentKind& kind_;
  bool both_;
  std::uint32_t steps_axis_;
};

}  // namespace

std::vector<NodeId> Turn::gates(NodeId value, std::int64_t count) {
  const std::int64_t units = application_.integer("units");
  std::vector<NodeId> parts;
  for (std::int64_t gate = 0; gate < count; ++gate) {
    parts.push_back(slice_last(builder_, value, gate * units, units));
  }
  return parts;
}

NodeId Turn::times(NodeId state, NodeId matrix) {
  return contract_last(builder_, state, matrix);
}

NodeId Turn::activate(std::string_view setting, NodeId value) {
  return recurrent_function(application_, setting).apply(builder_, value);
}

NodeId Turn::keep(std::size_t state, NodeId next) {
  return mask_.has_value() ? choose(builder_, mask_, next, states_[state]) : next;
}

std::vector<NodeId> lower_recurrent(Lowering& lowering, const RecurrentKind& kind) {
  return RecurrentLowering(lowering, kind).run();
}

}  // namespace kdlc::catalogue
