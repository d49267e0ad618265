// Makes random convolutions with stride 1.
#include "support/random_convolution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "support/random_graph.hpp"

namespace kdlc::testing {
namespace {

using namespace graph;

class Generator {
public:
  Generator(std::uint64_t seed, bool is_narrow)
      : is_narrow_(is_narrow), dtype_(seed % 6 == 5 ? DType::f64 : DType::f32), random_(seed) {
    graph_.name = fmt::format("Convolution{}", seed);
  }

  Graph run() {
    NodeId value = input();
    if (random_.one_in(2)) {
      value = builder_.map1(MapOp::tanh, value);
    }
    for (std::int64_t count = random_.integer(1, 2); count > 0; --count) {
      value = convolution(value);
    }
    if (random_.one_in(3)) {
      value = builder_.concat({value, builder_.map1(MapOp::negate, value)}, last_axis(value));
    }
    graph_.outputs.push_back({.name = "y", .node = value});
    return std::move(graph_);
  }

  Graph run_pooled() {
    is_pooled_ = true;
    NodeId value = convolution(input());
    const NodeId pooled = pooling(value);
    if (random_.one_in(10)) {
      graph_.outputs.push_back({.name = "z", .node = value});
    }
    value = random_.one_in(3) ? builder_.map1(MapOp::negate, pooled) : pooled;
    value = random_.one_in(4) ? convolution(value) : value;
    graph_.outputs.push_back({.name = "y", .node = value});
    return std::move(graph_);
  }

  Graph run_of_few_columns() {
    has_few_columns_ = true;
    NodeId value = convolution(input());
    value = random_.one_in(2) ? convolution(value) : value;
    graph_.outputs.push_back({.name = "y", .node = value});
    return std::move(graph_);
  }

private:
  [[nodiscard]] const std::vector<Dim>& axes(NodeId id) const { return builder_.type(id).shape.axes; }
  [[nodiscard]] std::uint32_t last_axis(NodeId id) const { return static_cast<std::uint32_t>(axes(id).size() - 1); }

  std::int64_t channels() {
    if (has_few_columns_) {
      return random_.integer(1, random_.one_in(4) ? 20 : 9);
    }
    if (is_pooled_) {
      return random_.integer(2, 8);
    }
    if (is_narrow_) {
      return random_.one_in(6) ? random_.integer(10, 20) : random_.integer(1, 9);
    }
    static const std::vector<std::int64_t> kLiked = {1, 2, 3, 4, 7, 8, 15, 16, 17, 24, 32, 33, 40, 64};
    return random_.pick(kLiked);
  }

  NodeId input() {
    Shape shape{{Dim::batch()}};
    if (random_.one_in(4)) {
      shape.axes.emplace_back(random_.integer(1, 3));
    }
    shape.axes.emplace_back(random_.integer(3, 15));
    shape.axes.emplace_back(random_.integer(is_pooled_ ? 12 : 3, is_narrow_ ? 50 : 15));
    shape.axes.emplace_back(is_narrow_ && !has_few_columns_ && !random_.one_in(6) ? 1 : channels());
    return builder_.input({.name = "x"}, {.dtype = dtype_, .shape = shape});
  }

  NodeId weight(std::vector<Dim> shape, double limit) {
    return add_weight(builder_, {.dtype = dtype_, .shape = {std::move(shape)}}, limit);
  }

  ContractionWindow window(char output, char cell, const Dim& size, std::int64_t cells, std::int64_t stride) {
    ContractionWindow result{.output = output, .window = cell, .stride = stride};
    result.dilation = has_few_columns_ && random_.one_in(3) ? random_.integer(2, 4) : 1;
    result.pad_low = random_.integer(0, 2);
    result.pad_high = random_.integer(0, 2);
    const std::int64_t seen = (cells - 1) * result.dilation + 1;
    if (size.constant() + result.pad_low + result.pad_high < seen) {
      result.pad_high = seen - 1;
    }
    return result;
  }

  NodeId convolution(NodeId x) {
    const std::size_t count = axes(x).size();
    const std::int64_t inputs = axes(x).back().constant();
    const std::int64_t filters = channels();
    const std::string outside = count == 5 ? "nt" : "n";
    ContractionAttributes conv{.left = outside + "hwc", .right = "pqcf", .output = outside + "hwf"};
    const std::int64_t p = is_narrow_ ? random_.integer(1, 5) : 3;
    const std::int64_t q = is_narrow_ ? random_.integer(1, 5) : 3;
    const std::int64_t stride = !is_narrow_ && random_.one_in(3) ? 2 : 1;
    const ContractionWindow rows = window('h', 'p', axes(x)[count - 3], p, stride);
    const ContractionWindow columns = window('w', 'q', axes(x)[count - 2], q, stride);
    conv.windows = {rows, columns};
    const double limit = std::sqrt(3.0 / static_cast<double>(p * q * inputs));
    NodeId y = builder_.contraction(conv, x, weight({p, q, inputs, filters}, limit));
    if (random_.one_in(2)) {
      y = builder_.map2(MapOp::add, y, weight({filters}, 0.5));
    }
    if (random_.one_in(is_pooled_ ? 12 : 3)) {
      const NodeId other = builder_.input({.name = fmt::format("x{}", graph_.inputs.size())}, builder_.type(y));
      y = builder_.map2(MapOp::add, y, other);
    }
    if (random_.one_in(2)) {
      y = builder_.map1(random_.one_in(2) ? MapOp::sigmoid : MapOp::absolute, y);
    }
    return y;
  }

  NodeId pooling(NodeId x) {
    static const std::vector<Reducer> kReducers = {Reducer::maximum, Reducer::minimum, Reducer::mean, Reducer::sum,
                                                   Reducer::product};
    const auto first = static_cast<std::uint32_t>(axes(x).size() - 3);
    WindowReduceAttributes pool{.reducer = random_.pick(kReducers), .first_axis = first};
    for (std::uint32_t axis = first; axis < first + 2; ++axis) {
      const std::int64_t most = std::min<std::int64_t>(axis == first ? 3 : 5, axes(x)[axis].constant());
      const std::int64_t size = random_.integer(1, most);
      const std::int64_t stride = random_.one_in(12) ? random_.integer(1, 4) : size;
      const std::int64_t pad = random_.one_in(12) ? size / 2 : 0;
      pool.windows.push_back({.size = size, .stride = stride, .pad_low = pad, .pad_high = pad});
    }
    return builder_.window_reduce(pool, x);
  }

  bool is_narrow_;
  bool is_pooled_ = false;
  bool has_few_columns_ = false;
  DType dtype_;
  Graph graph_;
  Builder builder_{graph_};
  Random random_;
};

}  // namespace

Graph make_random_convolution(std::uint64_t seed) {
  return Generator(seed, false).run();
}

Graph make_random_narrow_convolution(std::uint64_t seed) {
  return Generator(seed, true).run();
}

Graph make_random_pooled_convolution(std::uint64_t seed) {
  return Generator(seed, true).run_pooled();
}

Graph make_random_convolution_to_few(std::uint64_t seed) {
  return Generator(seed, true).run_of_few_columns();
}

}  // namespace kdlc::testing
