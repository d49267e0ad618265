// Makes random dense and pointwise layers.
#include "support/random_dense.hpp"

#include <cmath>

#include <fmt/format.h>

#include "support/random_graph.hpp"

namespace kdlc::testing {
namespace {

using namespace graph;

class Generator {
public:
  explicit Generator(std::uint64_t seed) : dtype_(seed % 6 == 5 ? DType::f64 : DType::f32), random_(seed) {
    graph_.name = fmt::format("Dense{}", seed);
  }

  Graph run() {
    NodeId value = input();
    if (random_.one_in(2)) {
      value = builder_.map1(MapOp::tanh, value);
    }
    for (std::int64_t count = random_.integer(1, 2); count > 0; --count) {
      value = layer(value);
    }
    if (random_.one_in(3)) {
      const NodeId other = builder_.map1(MapOp::negate, value);
      value = builder_.concat({value, other}, static_cast<std::uint32_t>(axes(value).size() - 1));
    }
    graph_.outputs.push_back({.name = "y", .node = value});
    return std::move(graph_);
  }

private:
  [[nodiscard]] const std::vector<Dim>& axes(NodeId id) const { return builder_.type(id).shape.axes; }

  /// An even number; wide enough for whole vectors, with and without tails.
  std::int64_t features() { return 2 * random_.integer(8, 45); }

  NodeId input() {
    Shape shape{{Dim::batch()}};
    for (std::int64_t axis = random_.integer(0, 2); axis > 0; --axis) {
      shape.axes.emplace_back(random_.integer(1, 20));
    }
    shape.axes.emplace_back(features());
    return builder_.input({.name = "x"}, {.dtype = dtype_, .shape = shape});
  }

  NodeId weight(std::vector<Dim> shape, double limit) {
    return add_weight(builder_, {.dtype = dtype_, .shape = {std::move(shape)}}, limit);
  }

  NodeId layer(NodeId x) {
    const std::size_t count = axes(x).size();
    const std::int64_t inputs = axes(x).back().constant();
    const std::int64_t filters = features();
    const std::string outside = std::string("nst").substr(0, count - 1);
    NodeId y = builder_.contraction({.left = outside + "k", .right = "kc", .output = outside + "c"}, x,
                                    weight({inputs, filters}, std::sqrt(3.0 / static_cast<double>(inputs))));
    if (random_.one_in(2)) {
      y = builder_.map2(MapOp::add, y, weight({filters}, 0.5));
    }
    if (random_.one_in(3)) {
      const NodeId other = builder_.input({.name = fmt::format("x{}", graph_.inputs.size())}, builder_.type(y));
      y = builder_.map2(MapOp::add, y, random_.one_in(2) ? builder_.map1(MapOp::tanh, other) : other);
    }
    if (random_.one_in(2)) {
      y = builder_.map1(random_.one_in(2) ? MapOp::sigmoid : MapOp::absolute, y);
    }
    return y;
  }

  DType dtype_;
  Graph graph_;
  Builder builder_{graph_};
  Random random_;
};

}  // namespace

Graph make_random_dense(std::uint64_t seed) {
  return Generator(seed).run();
}

}  // namespace kdlc::testing
