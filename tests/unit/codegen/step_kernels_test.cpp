// Maps, reductions, row programs and windows at the sizes where their code changes: tails, tiles, registers, borders.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "plan/plan.hpp"
#include "support/random_graph.hpp"
#include "unit/codegen/compare.hpp"

namespace kdlc {
namespace {

using graph::MapOp;
using graph::Reducer;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// A graph with one input x of this type per sample, and one output.
graph::Graph make_graph(DType dtype, std::vector<std::int64_t> shape,
                        const std::function<graph::NodeId(graph::Builder&, graph::NodeId)>& make) {
  graph::Graph graph;
  graph::Builder builder(graph);
  Shape full{{Dim::batch()}};
  full.axes.insert(full.axes.end(), shape.begin(), shape.end());
  const graph::NodeId x = builder.input({.name = "x"}, {dtype, full});
  graph.outputs.push_back({.name = "y", .node = make(builder, x)});
  return graph;
}

/// Random values of any type: small whole numbers and quarters; `special` strews NaN and infinities.
testing::MakeInputs values_for(const graph::Graph& graph, bool special = false) {
  const TensorType type = graph.node(graph.inputs[0].node).type;
  return [type, special](std::size_t n) {
    std::vector<std::int64_t> shape = {static_cast<std::int64_t>(n)};
    for (std::size_t axis = 1; axis < type.shape.axes.size(); ++axis) {
      shape.push_back(type.shape.axes[axis].constant());
    }
    TensorData data = TensorData::zeros(type.dtype, shape);
    testing::Random random(n + 7);
    for (std::int64_t k = 0; k < data.element_count(); ++k) {
      data.set(k, type.dtype == DType::u8 ? static_cast<double>(random.integer(0, 255))
                                          : static_cast<double>(random.integer(-40, 40)) / 4);
      if (special && random.one_in(200)) {
        data.set(k, random.one_in(2) ? kNan : random.one_in(2) ? kInfinity : -kInfinity);
      }
    }
    return std::vector<TensorData>{data};
  };
}

void check(const graph::Graph& graph, double tolerance = 0, bool special = false) {
  testing::compare_on_all_cpus(graph, values_for(graph, special),
                               {.chunk = 3, .n = {1, 2, 3, 5}, .tolerance = tolerance, .seed = 1});
}

const std::vector<DType> kCopied = {DType::f32, DType::f64, DType::i8, DType::i16,
                                    DType::i32, DType::i64, DType::u8, DType::boolean};

TEST_CASE("transposing copies move every element, whatever the type and the margins of tiles") {
  for (const DType dtype : kCopied) {
    for (const auto& shape : std::vector<std::vector<std::int64_t>>{{3, 5}, {16, 16}, {17, 33}, {70, 66}}) {
      check(make_graph(dtype, shape,
                       [](graph::Builder& builder, graph::NodeId x) { return builder.transpose(x, {0, 2, 1}); }));
    }
    check(make_graph(dtype, {3, 19, 40},
                     [](graph::Builder& builder, graph::NodeId x) { return builder.transpose(x, {0, 3, 1, 2}); }));
  }
}

TEST_CASE("slices and concatenations copy between strides") {
  check(make_graph(DType::f32, {9, 21}, [](graph::Builder& builder, graph::NodeId x) {
    const auto slice = builder.slice(x, {0, 1, 20}, {Dim::batch(), 4, 7}, {1, 2, -3});
    return builder.concat({slice, builder.map1(MapOp::negate, slice)}, 2);
  }));
}

TEST_CASE("casts between all types, and bool is 0 or 1 in memory") {
  for (const DType from : kCopied) {
    for (const DType to : kCopied) {
      INFO(name_of(from) << " to " << name_of(to));
      check(make_graph(from, {37}, [&](graph::Builder& builder, graph::NodeId x) {
        // Within the range of every type: what lies outside is not defined.
        const auto small = builder.cast(x, DType::f32);
        const auto bounded =
            builder.map2(MapOp::maximum, builder.map2(MapOp::minimum, small, builder.scalar(100, DType::f32)),
                         builder.scalar(0, DType::f32));
        return builder.cast(builder.cast(bounded, from), to);
      }));
    }
  }
  check(make_graph(DType::f32, {5, 37}, [](graph::Builder& builder, graph::NodeId x) {
    const auto positive = builder.map2(MapOp::greater, x, builder.scalar(0, DType::f32));
    const auto small = builder.map2(MapOp::less, x, builder.scalar(3, DType::f32));
    return builder.map2(MapOp::logical_and, positive, small);
  }));
}

TEST_CASE("reductions along and across, short and long, with specials passing as in NumPy") {
  for (const Reducer reducer : {Reducer::sum, Reducer::mean, Reducer::maximum, Reducer::minimum}) {
    for (const std::int64_t length : {1, 3, 63, 65, 1000}) {
      INFO(name_of(reducer) << " over " << length);
      const auto along = make_graph(DType::f32, {3, length}, [&](graph::Builder& builder, graph::NodeId x) {
        return builder.reduce(reducer, x, {2}, false);
      });
      const auto across = make_graph(DType::f32, {length, 19}, [&](graph::Builder& builder, graph::NodeId x) {
        return builder.reduce(reducer, x, {1}, true);
      });
      const auto both = make_graph(DType::f32, {2, 5, length}, [&](graph::Builder& builder, graph::NodeId x) {
        return builder.reduce(reducer, x, {1, 3}, false);
      });
      for (const graph::Graph& graph : {along, across, both}) {
        check(graph, 1e-6, true);
      }
    }
  }
  for (const DType dtype : {DType::f64, DType::i32, DType::i64}) {
    check(make_graph(
              dtype, {4, 37},
              [](graph::Builder& builder, graph::NodeId x) { return builder.reduce(Reducer::sum, x, {2}, false); }),
          1e-12);
    check(make_graph(
              dtype, {4, 37},
              [](graph::Builder& builder, graph::NodeId x) { return builder.reduce(Reducer::maximum, x, {1}, false); }),
          1e-12);
  }
  check(make_graph(
            DType::f32, {3, 7},
            [](graph::Builder& builder, graph::NodeId x) { return builder.reduce(Reducer::product, x, {2}, false); }),
        1e-6);
}

graph::RowsAttributes softmax() {
  graph::RowsAttributes rows;
  const auto step = [&](std::optional<Reducer> reducer,
                        const std::function<graph::MapBuilder::Value(graph::MapBuilder&)>& make) {
    graph::MapBuilder builder;
    const auto result = make(builder);
    rows.steps.push_back({reducer, builder.finish(result)});
  };
  const auto operand = [](graph::MapBuilder& builder, std::uint32_t k) { return builder.operand(k, DType::f32); };
  step(Reducer::maximum, [&](auto& builder) { return operand(builder, 0); });
  step(std::nullopt, [&](auto& builder) {
    return builder.apply(MapOp::exp, builder.subtract(operand(builder, 0), operand(builder, 1)));
  });
  step(Reducer::sum, [&](auto& builder) { return operand(builder, 2); });
  step(std::nullopt, [&](auto& builder) { return builder.divide(operand(builder, 2), operand(builder, 3)); });
  return rows;
}

TEST_CASE("row programs in registers and through scratch") {
  for (const std::int64_t length : {1, 3, 7, 16, 31, 128, 257, 2049}) {
    // Groups of eight rows and of four, and what is left of them.
    for (const std::int64_t rows : {1, 3, 13}) {
      INFO("length " << length << ", rows " << rows);
      const auto graph = make_graph(DType::f32, {rows, length}, [](graph::Builder& builder, graph::NodeId x) {
        return builder.rows(softmax(), {x}, DType::f32);
      });
      check(graph, 1e-6, true);
    }
  }
}

TEST_CASE("attention head by head, with blocks of rows and without") {
  for (const std::int64_t steps : {96, 101}) {
    INFO("steps " << steps);
    const auto graph = make_graph(DType::f32, {steps, 4, 20}, [](graph::Builder& builder, graph::NodeId x) {
      const graph::NodeId half = builder.map2(MapOp::multiply, x, builder.scalar(1.0 / 64, DType::f32));
      const graph::NodeId scores = builder.contraction({.left = "nthd", .right = "nshd", .output = "nhts"}, half, x);
      const graph::NodeId parts = builder.rows(softmax(), {scores}, DType::f32);
      return builder.contraction({.left = "nhts", .right = "nshd", .output = "nthd"}, parts, x);
    });
    const plan::Plan planned = plan::make_plan(graph, {.chunk = 3});
    for (const plan::Body* body : {&planned.single, &planned.chunk}) {
      CHECK(std::any_of(body->steps.begin(), body->steps.end(),
                        [](const plan::Step& step) { return std::holds_alternative<plan::LoopStep>(step.kernel); }));
    }
    CHECK(planned.arena_bytes < 3 * 2 * 4 * 4 * steps * steps);  // less than scores and parts of three samples
    check(graph, 1e-5);
  }
}

TEST_CASE("windows count real cells only") {
  for (const Reducer reducer : {Reducer::maximum, Reducer::mean, Reducer::sum}) {
    for (const std::int64_t channels : {1, 6, 40, 64}) {
      for (const auto& [size, stride, dilation, pad] : std::vector<std::array<std::int64_t, 4>>{
               {2, 2, 1, 0}, {3, 2, 1, 1}, {3, 1, 2, 2}, {7, 3, 1, 3}, {1, 2, 1, 0}}) {
        INFO(name_of(reducer) << " channels " << channels << " size " << size << " stride " << stride << " dilation "
                              << dilation << " pad " << pad);
        const graph::WindowAxis axis{
            .size = size, .stride = stride, .dilation = dilation, .pad_low = pad, .pad_high = pad / 2};
        const auto graph = make_graph(DType::f32, {9, 11, channels}, [&](graph::Builder& builder, graph::NodeId x) {
          return builder.window_reduce({.reducer = reducer, .first_axis = 1, .windows = {axis, axis}, .epilogue = {}},
                                       x);
        });
        check(graph, 1e-6, true);
      }
    }
  }
}

}  // namespace
}  // namespace kdlc
