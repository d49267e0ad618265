// Makes random graphs: one layer-like piece after another on values that are already there.
#include "support/random_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "support/random_lookups.hpp"
#include "support/random_loop.hpp"
#include "support/random_maps.hpp"

namespace kdlc::testing {

namespace {

using namespace graph;

const Dim kBatch = Dim::batch();
/// Of a sample, where dims are multiplied: nothing but time would come of more.
constexpr std::int64_t kMostElements = 4000;

class Generator {
public:
  explicit Generator(const RandomGraphOptions& options) : options_(options), random_(options.seed) {}

  Graph run() {
    graph_.name = fmt::format("Random{}", options_.seed);
    collect_pieces();
    add_dims();
    add_inputs();
    const std::int64_t count = random_.integer(1, options_.max_operations);
    for (std::int64_t turn = 0; turn < count; ++turn) {
      add_piece();
    }
    add_outputs();
    return std::move(graph_);
  }

private:
  struct Piece {
    const char* kind;
    NodeId (Generator::*make)(NodeId x);
  };

  void collect_pieces() {
    const auto add = [&](bool is_wanted, std::vector<Piece> pieces) {
      if (is_wanted) {
        pieces_.insert(pieces_.end(), pieces.begin(), pieces.end());
      }
    };
    add(options_.dense, {{"dense", &Generator::dense}, {"attention", &Generator::attention}});
    add(options_.convolutions,
        {{"conv", &Generator::convolution}, {"conv", &Generator::convolution}, {"conv", &Generator::convolution}});
    add(options_.depthwise, {{"depthwise", &Generator::depthwise}});
    add(options_.transposed, {{"conv_transpose", &Generator::transposed}});
    add(options_.pooling, {{"pool", &Generator::pooling}});
    add(options_.reductions, {{"reduce", &Generator::reduction}});
    add(options_.rows, {{"softmax", &Generator::softmax}, {"layernorm", &Generator::normalise}});
    add(options_.maps, {{"map", &Generator::unary},
                        {"map", &Generator::unary},
                        {"map2", &Generator::binary},
                        {"map2", &Generator::binary},
                        {"jump", &Generator::jump}});
    add(options_.integers, {{"integers", &Generator::integers}});
    add(options_.moves, {{"reshape", &Generator::reshape},
                         {"transpose", &Generator::transpose},
                         {"slice", &Generator::slice},
                         {"pad", &Generator::pad},
                         {"concat", &Generator::concat}});
    add(options_.lookups, {{"take", &Generator::lookup}});
    add(options_.scales, {{"batchnorm", &Generator::scale_and_shift}, {"batchnorm", &Generator::scale_and_shift}});
    inner_pieces_ = pieces_;
    add(options_.loops, {{"loop", &Generator::loop}});
    KDLC_ASSERT(!inner_pieces_.empty(), "some piece is wanted");
  }

  void add_dims() {
    for (const char* name : {"T", "U"}) {
      if (graph_.dims.size() < static_cast<std::size_t>(options_.dims)) {
        graph_.dims.push_back({.name = name, .bound = options_.max_size, .span = {}});
      }
    }
  }

  void add_inputs() {
    const std::int64_t count = random_.integer(1, 2);
    for (std::int64_t index = 0; index < count; ++index) {
      Shape shape{{kBatch}};
      for (std::int64_t axes = random_.pick(std::vector<std::int64_t>{0, 1, 2, 2}); axes > 0; --axes) {
        shape.axes.emplace_back(random_.integer(std::min<std::int64_t>(3, options_.max_size), options_.max_size));
      }
      for (const DimInfo& dim : graph_.dims) {
        if (shape.axes.size() == 1) {
          shape.axes.emplace_back(Dim::symbol(dim.name));
        } else if (random_.one_in(2)) {
          shape.axes[static_cast<std::size_t>(random_.integer(1, static_cast<std::int64_t>(shape.axes.size()) - 1))] =
              Dim::symbol(dim.name);
        }
      }
      shape.axes.emplace_back(channels());
      const NodeId x = builder_.input({.name = fmt::format("x{}", index)}, {.dtype = DType::f32, .shape = shape});
      values_.push_back(x);
      exact_.push_back(x);
    }
  }

  void add_piece() {
    // Later values are taken more often, so that graphs grow long as well as wide.
    const NodeId x = random_.one_in(3) ? random_.pick(values_) : values_.back();
    const Piece& piece = random_.pick(pieces_);
    const RecordId record = graph_.records.push_back(
        {.path = fmt::format("{}{}", piece.kind, graph_.records.size()), .kind = piece.kind, .inputs = {x}});
    builder_.set_record(record);
    NodeId result = (this->*piece.make)(x);
    result = graph_.dims.empty() || stays_small(builder_.type(result).shape) ? result : x;
    builder_.set_record({});
    graph_.records[record].results = {result};
    graph_.records[record].result_types = {builder_.type(result)};
    if (result != x) {
      values_.push_back(result);
    }
  }

  void add_outputs() {
    graph_.outputs.push_back({.name = "y0", .node = values_.back()});
    for (std::int64_t extra = random_.integer(0, 2); extra > 0; --extra) {
      graph_.outputs.push_back({.name = fmt::format("y{}", graph_.outputs.size()), .node = random_.pick(values_)});
    }
  }

  std::int64_t channels() {
    static const std::vector<std::int64_t> kLiked = {1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 20, 24, 31, 32, 33, 64};
    std::int64_t count = random_.pick(kLiked);
    while (count > options_.max_channels) {
      count = random_.pick(kLiked);
    }
    return count;
  }
  [[nodiscard]] const std::vector<Dim>& axes(NodeId x) const { return builder_.type(x).shape.axes; }
  [[nodiscard]] std::int64_t size(NodeId x, std::size_t axis) const { return axes(x)[axis].constant(); }
  [[nodiscard]] std::int64_t last(NodeId x) const { return axes(x).back().constant(); }
  /// Weights have known sizes, and so the axes that they meet.
  [[nodiscard]] bool has_known_last(NodeId x) const { return axes(x).back().is_constant(); }
  /// Whether a value with these axes stays small whatever the dims are.
  [[nodiscard]] bool stays_small(const Shape& shape) const {
    std::map<std::string, std::int64_t> bounds = {{"N", 1}};
    for (const DimInfo& dim : graph_.dims) {
      bounds[dim.name] = *dim.bound;
    }
    return shape.element_count().upper_bound(bounds).value_or(kMostElements) < kMostElements;
  }

  NodeId weight(std::vector<Dim> shape, double limit, bool non_negative = false) {
    return add_weight(builder_, {.dtype = DType::f32, .shape = {std::move(shape)}}, limit, non_negative);
  }
  /// Keeps the variance of what it multiplies.
  static double limit_for(std::int64_t depth) { return std::sqrt(3.0 / static_cast<double>(depth)); }

  NodeId maybe_bias(NodeId x) {
    return has_known_last(x) && random_.one_in(2) ? builder_.map2(MapOp::add, x, weight({last(x)}, 0.5)) : x;
  }

  // Each piece gives a value that carries the batch.

  NodeId dense(NodeId x) {
    if (!has_known_last(x)) {
      return x;
    }
    const std::int64_t units = channels();
    if (options_.lonely_sums &&
        random_.one_in(8)) {  // an axis of the weights that is summed by itself, as einsum allows
      const std::string kept = std::string("nabcde").substr(0, axes(x).size() - 1);
      return builder_.contraction({.left = kept + "k", .right = "klf", .output = kept + "f"}, x,
                                  weight({last(x), 2, units}, limit_for(2 * last(x))));
    }
    const std::string labels = std::string("nabcde").substr(0, axes(x).size() - 1);
    const NodeId kernel = weight({last(x), units}, limit_for(last(x)));
    return maybe_bias(builder_.contraction({.left = labels + "k", .right = "kf", .output = labels + "f"}, x, kernel));
  }

  /// Attention of a sequence to itself: softmax(x xᵀ) x, or without softmax; with two heads where features are even.
  NodeId attention(NodeId x) {
    if (axes(x).size() != 3) {
      return x;
    }
    const bool has_heads = has_known_last(x) && last(x) % 2 == 0 && random_.one_in(2);
    const Shape shape = builder_.type(x).shape;
    Shape split = shape;
    if (has_heads) {
      split.axes.back() = 2;
      split.axes.emplace_back(last(x) / 2);
      x = builder_.reshape(x, split);
    }
    const std::string h = has_heads ? "h" : "";
    const NodeId scores =
        builder_.contraction({.left = "nt" + h + "d", .right = "ns" + h + "d", .output = "n" + h + "ts"}, x, x);
    const NodeId parts = options_.rows && random_.one_in(2) ? builder_.rows(softmax_rows(), {scores}, DType::f32)
                                                            : builder_.map1(MapOp::tanh, scores);
    NodeId mixed =
        builder_.contraction({.left = "n" + h + "ts", .right = "ns" + h + "d", .output = "nt" + h + "d"}, parts, x);
    mixed = has_heads ? builder_.reshape(mixed, shape) : mixed;
    const std::int64_t length = shape.axes[1].is_constant() ? shape.axes[1].constant() : options_.max_size;
    return builder_.map2(MapOp::multiply, mixed, builder_.scalar(1.0 / static_cast<double>(length), DType::f32));
  }

  /// Of a convolution on one axis. Where the size is known only at run time the border makes up for the window.
  ContractionWindow window(char output, char cell, const Dim& size, std::int64_t& kernel) {
    if (!size.is_constant()) {
      kernel = random_.integer(1, 3);
      return {.output = output,
              .window = cell,
              .stride = random_.integer(1, 2),
              .pad_low = random_.integer(0, kernel - 1),
              .pad_high = kernel - 1};
    }
    const std::int64_t input = size.constant();
    kernel = std::min(random_.integer(1, 3), input);
    ContractionWindow result{.output = output, .window = cell, .stride = random_.integer(1, 2)};
    result.dilation = (kernel - 1) * 2 + 1 <= input ? random_.integer(1, 2) : 1;
    if (random_.one_in(2)) {
      result.pad_low = random_.integer(0, kernel);
      result.pad_high = random_.integer(0, kernel);
    }
    return result;
  }

  NodeId convolution(NodeId x) {
    if (axes(x).size() < 3 || axes(x).size() > 4 || !has_known_last(x)) {
      return x;
    }
    const bool is_2d = axes(x).size() == 4;
    ContractionAttributes conv{
        .left = is_2d ? "nhwc" : "nhc", .right = is_2d ? "pqcf" : "pcf", .output = is_2d ? "nhwf" : "nhf"};
    std::int64_t p = 1;
    std::int64_t q = 1;
    conv.windows.push_back(window('h', 'p', axes(x)[1], p));
    if (is_2d) {
      conv.windows.push_back(window('w', 'q', axes(x)[2], q));
    }
    const std::int64_t groups = last(x) % 2 == 0 && random_.one_in(4) ? 2 : 1;
    const std::int64_t filters = channels();
    const std::int64_t inputs = last(x) / groups;
    std::vector<Dim> kernel = is_2d ? std::vector<Dim>{p, q} : std::vector<Dim>{p};
    kernel.emplace_back(inputs);
    if (groups == 1) {
      kernel.emplace_back(filters);
      return maybe_bias(builder_.contraction(conv, x, weight(kernel, limit_for(p * q * inputs))));
    }
    // Grouped: the channels are (groups, inputs), and the results (groups, filters).
    kernel.emplace_back(groups);
    kernel.emplace_back(filters);
    conv.left.insert(conv.left.size() - 1, "g");
    conv.right.insert(conv.right.size() - 1, "g");
    conv.output.insert(conv.output.size() - 1, "g");
    Shape split = builder_.type(x).shape;
    split.axes.back() = groups;
    split.axes.emplace_back(inputs);
    const NodeId y = builder_.contraction(conv, builder_.reshape(x, split), weight(kernel, limit_for(p * q * inputs)));
    Shape joined = builder_.type(y).shape;
    joined.axes.pop_back();
    joined.axes.back() = groups * filters;
    return maybe_bias(builder_.reshape(y, joined));
  }

  NodeId depthwise(NodeId x) {
    if (axes(x).size() != 4 || !has_known_last(x)) {
      return x;
    }
    std::int64_t p = 1;
    std::int64_t q = 1;
    ContractionAttributes conv{.left = "nhwc", .right = "pqc", .output = "nhwc"};
    conv.windows.push_back(window('h', 'p', axes(x)[1], p));
    conv.windows.push_back(window('w', 'q', axes(x)[2], q));
    if (random_.one_in(2)) {
      return maybe_bias(builder_.contraction(conv, x, weight({p, q, last(x)}, limit_for(p * q))));
    }
    const std::int64_t multiplier = random_.integer(1, 3);
    conv.right += "m";
    conv.output += "m";
    const NodeId y = builder_.contraction(conv, x, weight({p, q, last(x), multiplier}, limit_for(p * q)));
    Shape joined = builder_.type(y).shape;
    joined.axes.pop_back();
    joined.axes.back() = last(x) * multiplier;
    return maybe_bias(builder_.reshape(y, joined));
  }

  /// Of a spread input on one axis: borders may cut the result, or reach beyond what there is.
  ContractionWindow spread_window(char output, char cell, const Dim& size, std::int64_t& kernel) {
    kernel = random_.integer(1, 5);
    ContractionWindow result{.output = output,
                             .window = cell,
                             .dilation = random_.one_in(3) ? 2 : 1,
                             .input_dilation = random_.integer(1, 3)};
    const std::int64_t reach = (kernel - 1) * result.dilation;
    result.pad_low = random_.one_in(2) ? reach : random_.integer(0, reach + 1);
    result.pad_high = reach;
    if (size.is_constant()) {
      result.stride = random_.one_in(4) ? 2 : 1;
      result.pad_high = reach - result.pad_low + random_.integer(0, result.input_dilation);
      const std::int64_t spread = (size.constant() - 1) * result.input_dilation + 1;
      result.pad_high = std::max(result.pad_high, reach + 1 - spread - result.pad_low);
    }
    return result;
  }

  NodeId transposed(NodeId x) {
    if (axes(x).size() < 3 || axes(x).size() > 4 || !has_known_last(x)) {
      return x;
    }
    const bool is_2d = axes(x).size() == 4;
    ContractionAttributes conv{
        .left = is_2d ? "nhwc" : "nhc", .right = is_2d ? "pqcf" : "pcf", .output = is_2d ? "nhwf" : "nhf"};
    std::int64_t p = 1;
    std::int64_t q = 1;
    conv.windows.push_back(spread_window('h', 'p', axes(x)[1], p));
    if (is_2d) {
      conv.windows.push_back(spread_window('w', 'q', axes(x)[2], q));
    }
    const std::int64_t filters = channels();
    std::vector<Dim> kernel = is_2d ? std::vector<Dim>{p, q} : std::vector<Dim>{p};
    kernel.insert(kernel.end(), {Dim(last(x)), Dim(filters)});
    return maybe_bias(builder_.contraction(conv, x, weight(kernel, limit_for(p * q * last(x)))));
  }

  NodeId pooling(NodeId x) {
    if (axes(x).size() < 3 || axes(x).size() > 4) {
      return x;
    }
    WindowReduceAttributes pool{
        .reducer = random_.pick(std::vector{Reducer::maximum, Reducer::mean, Reducer::sum, Reducer::minimum})};
    for (std::size_t axis = 1; axis + 1 < axes(x).size(); ++axis) {
      const bool is_known = axes(x)[axis].is_constant();
      const std::int64_t size_of_window = std::min(random_.integer(1, 3), is_known ? size(x, axis) : 3);
      pool.windows.push_back({.size = size_of_window,
                              .stride = random_.integer(1, 2),
                              .dilation = 1,
                              .pad_low = random_.integer(0, size_of_window - 1),
                              .pad_high = random_.integer(is_known ? 0 : size_of_window - 1, size_of_window - 1)});
    }
    return builder_.window_reduce(pool, x);
  }

  NodeId reduction(NodeId x) {
    std::vector<std::uint32_t> reduced;
    for (std::uint32_t axis = 1; axis < axes(x).size(); ++axis) {
      if (axes(x).size() > 2 && random_.one_in(2)) {
        reduced.push_back(axis);
      }
    }
    const bool keep = random_.one_in(2) || reduced.size() + 1 == axes(x).size();
    return builder_.reduce(random_.pick(std::vector{Reducer::sum, Reducer::mean, Reducer::maximum, Reducer::minimum}),
                           x, reduced, keep);
  }

  NodeId softmax(NodeId x) { return builder_.rows(softmax_rows(), {x}, DType::f32); }

  NodeId normalise(NodeId x) {
    return random_.one_in(2) || !has_known_last(x)
               ? builder_.rows(normalise_rows(false), {x}, DType::f32)
               : builder_.rows(normalise_rows(true), {x, weight({last(x)}, 1), weight({last(x)}, 1)}, DType::f32);
  }

  NodeId unary(NodeId x) { return builder_.map(random_unary(random_), {x}); }

  NodeId binary(NodeId x) {
    std::vector<NodeId> others;
    for (const NodeId value : values_) {
      const std::vector<Dim>& shape = axes(value);
      bool fits = shape.size() == axes(x).size();
      for (std::size_t axis = 0; fits && axis < shape.size(); ++axis) {
        fits = shape[axis] == axes(x)[axis] || shape[axis] == Dim(1);
      }
      if (fits) {
        others.push_back(value);
      }
    }
    const NodeId other = random_.one_in(3) && has_known_last(x) ? weight({last(x)}, 1) : random_.pick(others);
    MapExpression expression = random_binary(random_);
    return random_.one_in(2) ? builder_.map(std::move(expression), {x, other})
                             : builder_.map(std::move(expression), {other, x});
  }

  /// Functions that jump, on values that are the same bits however they are computed.
  NodeId jump(NodeId) { return builder_.map(random_jump(random_), {random_.pick(exact_)}); }

  NodeId integers(NodeId) { return builder_.map(random_integer_arithmetic(random_), {random_.pick(exact_)}); }

  NodeId lookup(NodeId x) { return random_lookup(builder_, random_, x, random_.pick(exact_)); }

  NodeId scale_and_shift(NodeId x) {
    if (!has_known_last(x)) {
      return x;
    }
    const NodeId scale = builder_.map1(MapOp::rsqrt, weight({last(x)}, 1, true));
    const NodeId scaled = builder_.map2(MapOp::multiply, x, scale);
    return builder_.map2(MapOp::add, scaled, weight({last(x)}, 0.5));
  }

  NodeId loop(NodeId x) {
    const bool is_static = axes(x).size() >= 3 && std::all_of(axes(x).begin() + 2, axes(x).end(),
                                                              [](const Dim& axis) { return axis.is_constant(); });
    if (!is_static) {
      return x;
    }
    LoopSite site{.builder = builder_,
                  .random = random_,
                  .channels = channels(),
                  .weight = [this](std::vector<Dim> shape, double limit) { return weight(std::move(shape), limit); },
                  .grow = [this](std::vector<NodeId> values) { return grow(std::move(values)); }};
    return random_loop(site, x);
  }

  /// Up to three pieces on the values of one turn.
  NodeId grow(std::vector<NodeId> values) {
    values.swap(values_);
    for (std::int64_t count = random_.integer(0, 3); count > 0; --count) {
      values_.push_back((this->*random_.pick(inner_pieces_).make)(random_.pick(values_)));
    }
    const NodeId last = values_.back();
    values.swap(values_);
    return last;
  }

  NodeId reshape(NodeId x) {
    Shape shape{{kBatch}};
    std::int64_t count = 1;
    Dim unknown = 1;
    for (std::size_t axis = 1; axis < axes(x).size(); ++axis) {
      const bool is_known = axes(x)[axis].is_constant();
      count *= is_known ? size(x, axis) : 1;
      unknown = is_known ? unknown : unknown * axes(x)[axis];
    }
    // What is known only at run time is one axis in front, or multiplies the last one.
    const bool is_in_front = random_.one_in(2);
    if (!(unknown == Dim(1)) && is_in_front) {
      shape.axes.push_back(unknown);
    }
    for (const std::int64_t divisor : {2, 3, 4}) {
      if (count % divisor == 0 && random_.one_in(2) && shape.axes.size() < 3) {
        shape.axes.emplace_back(divisor);
        count /= divisor;
      }
    }
    if (count > 4 * options_.max_channels * options_.max_size) {
      return x;
    }
    shape.axes.push_back(is_in_front ? Dim(count) : unknown * count);
    return builder_.reshape(x, shape);
  }

  NodeId transpose(NodeId x) {
    std::vector<std::uint32_t> permutation(axes(x).size());
    for (std::size_t axis = 0; axis < permutation.size(); ++axis) {
      permutation[axis] = static_cast<std::uint32_t>(axis);
    }
    for (std::size_t axis = permutation.size() - 1; axis > 1; --axis) {
      std::swap(permutation[axis],
                permutation[static_cast<std::size_t>(random_.integer(1, static_cast<std::int64_t>(axis)))]);
    }
    return builder_.transpose(x, permutation);
  }

  /// All of an axis known only at run time, its second half, its last element, or all of it from the end.
  void slice_unknown(const Dim& size, std::vector<Dim>& begin, std::vector<Dim>& count,
                     std::vector<std::int64_t>& step) {
    const Dim half = floor_divide(size, 2);
    const std::vector<std::pair<Dim, Dim>> ranges = {
        {Dim(0), size}, {half, size - half}, {size - 1, Dim(1)}, {size - 1, size}};
    const std::size_t which = static_cast<std::size_t>(random_.integer(0, 3));
    begin.push_back(ranges[which].first);
    count.push_back(ranges[which].second);
    step.push_back(which == 3 ? -1 : 1);
  }

  NodeId slice(NodeId x) {
    std::vector<Dim> begin = {0};
    std::vector<Dim> count = {kBatch};
    std::vector<std::int64_t> step = {1};
    for (std::size_t axis = 1; axis < axes(x).size(); ++axis) {
      if (!axes(x)[axis].is_constant()) {
        slice_unknown(axes(x)[axis], begin, count, step);
        continue;
      }
      const std::int64_t whole = size(x, axis);
      const std::int64_t first = random_.integer(0, whole - 1);
      const std::int64_t stride = random_.integer(1, 2) * (random_.one_in(4) ? -1 : 1);
      const std::int64_t room = stride > 0 ? (whole - 1 - first) / stride : first / -stride;
      begin.emplace_back(first);
      count.emplace_back(random_.integer(0, room) + 1);
      step.push_back(stride);
    }
    return builder_.slice(x, begin, count, step);
  }

  NodeId pad(NodeId x) {
    std::vector<std::int64_t> low(axes(x).size(), 0);
    std::vector<std::int64_t> high = low;
    for (std::size_t axis = 1; axis < axes(x).size(); ++axis) {
      low[axis] = random_.integer(0, 2);
      high[axis] = random_.integer(0, 1);
    }
    return builder_.pad(x, low, high, random_.one_in(2) ? 0 : 0.5);
  }

  NodeId concat(NodeId x) {
    const auto axis = static_cast<std::uint32_t>(random_.integer(1, static_cast<std::int64_t>(axes(x).size()) - 1));
    std::vector<NodeId> others;
    for (const NodeId value : values_) {
      bool fits = axes(value).size() == axes(x).size();
      for (std::size_t place = 0; fits && place < axes(x).size(); ++place) {
        fits = place == axis || axes(value)[place] == axes(x)[place];
      }
      if (fits) {
        others.push_back(value);
      }
    }
    std::vector<NodeId> operands = {x, random_.pick(others)};
    if (random_.one_in(3) && has_known_last(x)) {
      Shape shape = builder_.type(x).shape;
      shape.axes[axis] = 1;  // a learned token in front, the same for every sample
      operands.insert(operands.begin(), builder_.broadcast_to(weight({shape.axes.back()}, 1), shape));
    }
    return builder_.concat(operands, axis);
  }

  const RandomGraphOptions& options_;
  Random random_;
  Graph graph_;
  Builder builder_{graph_};
  std::vector<Piece> pieces_;
  std::vector<Piece> inner_pieces_;  // those that may stand in a loop
  std::vector<NodeId> values_;
  std::vector<NodeId> exact_;  // inputs
};

}  // namespace

NodeId add_weight(Builder& builder, TensorType type, double limit, bool non_negative) {
  return builder.parameter({.path = fmt::format("w{}", builder.graph().parameters.size()),
                            .type = std::move(type),
                            .initializer = {.kind = "uniform", .value = limit},
                            .non_negative = non_negative});
}

Graph make_random_graph(const RandomGraphOptions& options) {
  return Generator(options).run();
}

}  // namespace kdlc::testing
