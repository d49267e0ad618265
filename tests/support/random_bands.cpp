// Makes random chains of convolutions.
#include "support/random_bands.hpp"

#include <cmath>

#include <fmt/format.h>

#include "support/random_graph.hpp"

namespace kdlc::testing {
namespace {

using namespace graph;

class Generator {
public:
  explicit Generator(std::uint64_t seed) : random_(seed) { graph_.name = fmt::format("Chain{}", seed); }

  Graph run() {
    NodeId value =
        builder_.input({.name = "x"}, {.dtype = DType::f32,
                                       .shape = {{Dim::batch(), Dim(random_.integer(24, 60)),
                                                  Dim(random_.integer(3, 11)), Dim(random_.integer(1, 20))}}});
    if (random_.one_in(2)) {
      value = convolution(value, 1, random_.integer(1, 20));
    }
    for (std::int64_t count = random_.integer(1, 2); count > 0; --count) {
      value = chain(value);
    }
    graph_.outputs.push_back({.name = "y", .node = value});
    return std::move(graph_);
  }

private:
  [[nodiscard]] std::int64_t size(NodeId id, std::size_t axis) const {
    return builder_.type(id).shape.axes[axis].constant();
  }

  NodeId weight(std::vector<Dim> shape, std::int64_t cells) {
    return add_weight(builder_, {.dtype = DType::f32, .shape = {std::move(shape)}},
                      std::sqrt(3.0 / static_cast<double>(cells)));
  }

  /// Over `cells` cells of an axis that is `length` long.
  ContractionWindow window(char output, char label, std::int64_t length, std::int64_t cells, bool keeps_length) {
    ContractionWindow result{.output = output, .window = label};
    result.dilation = random_.one_in(4) ? 2 : 1;
    if (keeps_length) {
      result.pad_low = (cells - 1) * result.dilation / 2;
      result.pad_high = (cells - 1) * result.dilation - result.pad_low;
      return result;
    }
    result.stride = random_.integer(1, 2);
    result.pad_low = random_.integer(0, 2);
    result.pad_high = random_.integer(0, 2);
    const std::int64_t missing = (cells - 1) * result.dilation + 1 - (length + result.pad_low + result.pad_high);
    result.pad_high += std::max<std::int64_t>(0, missing);
    return result;
  }

  NodeId activated(NodeId x) {
    if (random_.one_in(2)) {
      x = builder_.map2(MapOp::add, x, weight({Dim(size(x, 3))}, 8));
    }
    return random_.one_in(2) ? builder_.map1(random_.one_in(2) ? MapOp::sigmoid : MapOp::absolute, x) : x;
  }

  NodeId convolution(NodeId x, std::int64_t cells, std::int64_t filters) {
    const std::int64_t inputs = size(x, 3);
    ContractionAttributes attributes{.left = "nhwc", .right = "pqcf", .output = "nhwf"};
    attributes.windows = {{.output = 'h', .window = 'p', .pad_low = cells / 2, .pad_high = cells / 2},
                          {.output = 'w', .window = 'q', .pad_low = cells / 2, .pad_high = cells / 2}};
    return activated(
        builder_.contraction(attributes, x, weight({cells, cells, inputs, filters}, cells * cells * inputs)));
  }

  NodeId depthwise(NodeId x) {
    const std::int64_t rows = random_.integer(1, 5);
    const std::int64_t columns = random_.integer(1, 3);
    const std::int64_t channels = size(x, 3);
    const bool keeps_size = !random_.one_in(3);
    ContractionAttributes attributes{.left = "nhwc", .right = "pqc", .output = "nhwc"};
    attributes.windows = {window('h', 'p', size(x, 1), rows, keeps_size),
                          window('w', 'q', size(x, 2), columns, keeps_size)};
    return activated(builder_.contraction(attributes, x, weight({rows, columns, channels}, rows * columns)));
  }

  NodeId chain(NodeId x) {
    const std::int64_t cells = random_.one_in(3) ? 3 : 1;
    const NodeId between = convolution(x, cells, random_.integer(1, 40));
    NodeId y = depthwise(between);
    if (random_.one_in(5)) {
      return random_.one_in(2) ? y : builder_.map2(MapOp::add, y, builder_.map1(MapOp::negate, y));
    }
    const bool can_be_added = size(x, 1) == size(y, 1) && size(x, 2) == size(y, 2);
    y = convolution(y, 1, can_be_added && random_.one_in(2) ? size(x, 3) : random_.integer(1, 40));
    return builder_.type(x).shape == builder_.type(y).shape ? builder_.map2(MapOp::add, x, y) : y;
  }

  Graph graph_;
  Builder builder_{graph_};
  Random random_;
};

}  // namespace

Graph make_random_chain(std::uint64_t seed) {
  return Generator(seed).run();
}

}  // namespace kdlc::testing
