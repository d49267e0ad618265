// Makes random stacks of recurrent layers.
#include "support/random_recurrent.hpp"

#include <cmath>

#include <fmt/format.h>

#include "support/random_graph.hpp"

namespace kdlc::testing {
namespace {

using namespace graph;

class Generator {
public:
  explicit Generator(std::uint64_t seed) : random_(seed), steps_(random_.integer(4, 40)) {
    graph_.name = fmt::format("Recurrent{}", seed);
  }

  Graph run() {
    NodeId value = builder_.input({.name = "x"}, type_of(random_.integer(1, 20)));
    for (std::int64_t layers = random_.integer(1, 4); layers > 0; --layers) {
      const NodeId before = value;
      value = between(value);
      value = random_.one_in(5) ? builder_.concat({recurrent(value, false), recurrent(value, true)}, 2)
                                : recurrent(value, random_.one_in(6));
      if (features(before) == features(value) && random_.one_in(2)) {
        value = builder_.map2(MapOp::add, value, before);
      }
    }
    value = between(value);
    graph_.outputs.push_back({.name = "y", .node = random_.one_in(2) ? value : last_of(value)});
    return std::move(graph_);
  }

private:
  [[nodiscard]] TensorType type_of(std::int64_t count) const {
    return {.dtype = DType::f32, .shape = {{Dim::batch(), Dim(steps_), Dim(count)}}};
  }
  [[nodiscard]] std::int64_t features(NodeId id) const { return builder_.type(id).shape.axes.back().constant(); }

  NodeId weight(std::vector<Dim> shape, std::int64_t cells) {
    return add_weight(builder_, {.dtype = DType::f32, .shape = {std::move(shape)}},
                      std::sqrt(1.0 / static_cast<double>(cells)));
  }

  NodeId between(NodeId value) {
    switch (random_.integer(0, 4)) {
      case 0:
        return builder_.map1(MapOp::tanh, value);
      case 1:
        return projection(value, random_.integer(1, 70));
      case 2:  // looks back only
        return convolution(value, 1);
      case 3:  // to both sides
        return convolution(value, 0);
      default:
        return value;
    }
  }

  NodeId projection(NodeId value, std::int64_t count) {
    const NodeId kernel = weight({features(value), count}, features(value));
    const NodeId sum = builder_.contraction({.left = "ntk", .right = "kf", .output = "ntf"}, value, kernel);
    return builder_.map2(MapOp::add, sum, weight({count}, 1));
  }

  NodeId convolution(NodeId value, std::int64_t ahead) {
    const std::int64_t count = random_.integer(1, 30);
    const std::int64_t dilation = random_.integer(1, 3);
    ContractionAttributes attributes{.left = "ntc", .right = "pcf", .output = "ntf"};
    attributes.windows = {{.output = 't',
                           .window = 'p',
                           .dilation = dilation,
                           .pad_low = (1 + ahead) * dilation,
                           .pad_high = (1 - ahead) * dilation}};
    const NodeId kernel = weight({3, features(value), count}, 3 * features(value));
    return builder_.map1(MapOp::tanh, builder_.contraction(attributes, value, kernel));
  }

  /// A projection of all steps, then turn by turn tanh(projected + state × weights), all of them stacked.
  NodeId recurrent(NodeId value, bool from_end) {
    const std::int64_t count = random_.integer(1, 40);
    const NodeId projected = projection(value, count);
    const ScanId scan = builder_.begin_scan();
    const NodeId initial = builder_.broadcast_to(builder_.scalar(0.25, DType::f32), {{Dim::batch(), Dim(count)}});
    const NodeId state = builder_.scan_state({.scan = scan}, initial);
    const NodeId step = builder_.scan_slice({.scan = scan, .axis = 1, .from_end = from_end}, projected);
    const NodeId kernel = weight({count, count}, count);
    const NodeId kept = builder_.contraction({.left = "nk", .right = "kf", .output = "nf"}, state, kernel);
    const NodeId entering = builder_.reshape(step, {{Dim::batch(), Dim(count)}});
    const NodeId next = builder_.map1(MapOp::tanh, builder_.map2(MapOp::add, entering, kept));
    return builder_
        .scan({.scan = scan, .steps = steps_, .state_count = 1, .stacks = {{.axis = 1, .from_end = from_end}}}, {state},
              {next}, {next})
        .back();
  }

  NodeId last_of(NodeId value) {
    const NodeId row =
        builder_.slice(value, {0, Dim(steps_ - 1), 0}, {Dim::batch(), 1, Dim(features(value))}, {1, 1, 1});
    return builder_.reshape(row, {{Dim::batch(), Dim(features(value))}});
  }

  Random random_;
  std::int64_t steps_;
  Graph graph_;
  Builder builder_{graph_};
};

}  // namespace

Graph make_random_recurrent(std::uint64_t seed) {
  return Generator(seed).run();
}

}  // namespace kdlc::testing
