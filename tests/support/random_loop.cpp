// A random loop over the steps of a value.
#include "support/random_loop.hpp"

#include <cmath>

namespace kdlc::testing {

using namespace graph;

NodeId random_loop(LoopSite& site, NodeId x) {
  Builder& builder = site.builder;
  Random& random = site.random;
  const ScanId scan = builder.begin_scan();
  const Dim steps = builder.type(x).shape.axes[1];
  const Shape state_shape{{Dim::batch(), site.channels}};
  const NodeId slice = builder.scan_slice({.scan = scan, .axis = 1, .from_end = random.one_in(2)}, x);
  const std::int64_t features = builder.type(slice).shape.without_batch().element_count().constant();

  std::vector<NodeId> states;
  const auto open_state = [&](NodeId initial) {
    states.push_back(builder.scan_state({.scan = scan, .index = static_cast<std::uint32_t>(states.size())}, initial));
  };
  open_state(builder.broadcast_to(site.weight({site.channels}, 0.5), state_shape));
  const bool has_older = random.one_in(3);
  if (has_older) {
    open_state(builder.broadcast_to(builder.scalar(0.25, DType::f32), state_shape));
  }
  const auto product = [&](NodeId value, std::int64_t depth) {
    const NodeId kernel = site.weight({depth, site.channels}, std::sqrt(3.0 / static_cast<double>(depth)));
    return builder.contraction({.left = "nk", .right = "kf", .output = "nf"}, value, kernel);
  };
  const NodeId entering = product(builder.reshape(slice, {{Dim::batch(), features}}), features);
  const NodeId kept = random.one_in(3) ? builder.map1(MapOp::negate, states[0]) : product(states[0], site.channels);
  NodeId sum = builder.map2(MapOp::add, entering, kept);
  sum = has_older ? builder.map2(MapOp::subtract, sum, states[1]) : sum;
  std::vector<NodeId> next = {builder.map1(MapOp::tanh, sum)};
  if (has_older) {
    next.push_back(states[0]);
  }
  const NodeId value = site.grow({slice, states[0], next[0]});
  const auto axis =
      static_cast<std::uint32_t>(random.integer(1, static_cast<std::int64_t>(builder.type(value).shape.axis_count())));
  const std::vector<NodeId> results = builder.scan({.scan = scan,
                                                    .steps = steps,
                                                    .state_count = static_cast<std::uint32_t>(states.size()),
                                                    .stacks = {{.axis = axis, .from_end = random.one_in(2)}}},
                                                   states, next, {value});
  return random.one_in(3) ? random.pick(results) : results.back();
}

}  // namespace kdlc::testing
