// The reference evaluator against NumPy's numbers and against the definitions, written out as plain loops.
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "catch.hpp"
#include "graph/graph.hpp"

using namespace kdlc;
using namespace kdlc::graph;

namespace {

TensorType f32(std::vector<Dim> axes) {
  return {.dtype = DType::f32, .shape = {std::move(axes)}};
}

double apply1(MapOp op, double x, DType dtype) {
  MapBuilder map;
  return evaluate_element(map.finish(map.apply(op, map.operand(0, dtype))), {x});
}
double apply2(MapOp op, double x, double y, DType dtype) {
  MapBuilder map;
  const auto first = map.operand(0, dtype);
  return evaluate_element(map.finish(map.apply(op, first, map.operand(1, dtype))), {x, y});
}
double cast(double x, DType from, DType to) {
  MapBuilder map;
  return evaluate_element(map.finish(map.cast(map.operand(0, from), to)), {x});
}

/// A graph whose inputs are given as tensors of fixed shape.
struct Values {
  NodeId add(TensorData data) {
    TensorType type{.dtype = data.dtype};
    for (const std::int64_t size : data.shape) {
      type.shape.axes.emplace_back(size);
    }
    evaluation.inputs.push_back(std::move(data));
    return builder.input({.name = "x"}, type);
  }
  TensorData operator()(NodeId node) {
    REQUIRE(verify(graph).empty());
    return evaluate(graph, evaluation, {node})[0];
  }
  std::vector<float> floats(NodeId node) {
    const TensorData data = (*this)(node);
    std::vector<float> result;
    for (std::int64_t index = 0; index < data.element_count(); ++index) {
      result.push_back(static_cast<float>(data.at(index)));
    }
    return result;
  }

  Graph graph;
  Builder builder{graph};
  Evaluation evaluation;
};

std::int64_t count_of(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    count *= size;
  }
  return count;
}

TensorData counting(std::vector<std::int64_t> shape) {
  std::vector<float> values(static_cast<std::size_t>(count_of(shape)));
  for (std::size_t index = 0; index < values.size(); ++index) {
    values[index] = static_cast<float>(index);
  }
  return TensorData::from_floats(std::move(shape), values);
}

TensorData random_tensor(std::vector<std::int64_t> shape, std::mt19937& random) {
  std::uniform_int_distribution<int> number(-4, 4);  // small whole numbers: every sum is exact
  std::vector<float> values(static_cast<std::size_t>(count_of(shape)));
  for (float& value : values) {
    value = static_cast<float>(number(random));
  }
  return TensorData::from_floats(std::move(shape), values);
}

}  // namespace

TEST_CASE("integers divide towards minus infinity, as NumPy") {
  const int a[] = {7, -7, 7, -7};
  const int b[] = {3, 3, -3, -3};
  const int quotient[] = {2, -3, -3, 2};
  const int rest[] = {1, 2, -2, -1};
  for (int index = 0; index < 4; ++index) {
    CHECK(apply2(MapOp::divide, a[index], b[index], DType::i32) == quotient[index]);
    CHECK(apply2(MapOp::remainder, a[index], b[index], DType::i32) == rest[index]);
    CHECK(apply2(MapOp::remainder, a[index], b[index], DType::f32) == rest[index]);
  }
  CHECK(apply2(MapOp::divide, 5, 0, DType::i32) == 0);
  CHECK(apply2(MapOp::divide, -2147483648.0, -1, DType::i32) == -2147483648.0);
}

TEST_CASE("integers wrap around in their width") {
  CHECK(apply2(MapOp::add, 100, 100, DType::i8) == -56);
  CHECK(apply2(MapOp::add, 200, 100, DType::u8) == 44);
  CHECK(apply2(MapOp::multiply, 1 << 20, 1 << 13, DType::i32) == 0);
  CHECK(apply1(MapOp::negate, -128, DType::i8) == -128);
  CHECK(apply2(MapOp::power, 3, 4, DType::i32) == 81);
}

TEST_CASE("every term is rounded to its type") {
  CHECK(apply2(MapOp::multiply, static_cast<double>(0.1F), static_cast<double>(0.1F), DType::f32) ==
        0.010000000707805157);
  CHECK(cast(0.1, DType::f64, DType::f16) == 0.0999755859375);
  CHECK(cast(65519, DType::f64, DType::f16) == 65504);
  CHECK(cast(65520, DType::f64, DType::f16) == std::numeric_limits<double>::infinity());
  CHECK(cast(1e-7, DType::f64, DType::f16) == 1.1920928955078125e-07);
  CHECK(cast(1.00390625, DType::f64, DType::bf16) == 1.0);  // half way: to even
  CHECK(cast(1.01171875, DType::f64, DType::bf16) == 1.015625);
}

TEST_CASE("casts truncate, saturate and test for zero") {
  CHECK(cast(-2.9, DType::f32, DType::i32) == -2);
  CHECK(cast(300, DType::f32, DType::u8) == 255);
  CHECK(cast(-1e30, DType::f32, DType::i16) == -32768);
  CHECK(cast(std::nan(""), DType::f32, DType::i32) == 0);
  CHECK(cast(300, DType::i32, DType::u8) == 44);
  CHECK(cast(0.5, DType::f32, DType::boolean) == 1);
  CHECK(cast(1, DType::boolean, DType::f32) == 1);
}

TEST_CASE("NaN goes through minimum and maximum, and sign") {
  const double nan = std::nan("");
  CHECK(std::isnan(apply2(MapOp::maximum, nan, 1, DType::f32)));
  CHECK(std::isnan(apply2(MapOp::maximum, 1, nan, DType::f32)));
  CHECK(std::isnan(apply2(MapOp::minimum, nan, 1, DType::f32)));
  CHECK(std::isnan(apply1(MapOp::sign, nan, DType::f32)));
  CHECK(apply2(MapOp::equal, nan, nan, DType::f32) == 0);
}

TEST_CASE("elementwise functions") {
  CHECK(apply1(MapOp::round, 2.5, DType::f32) == 2);
  CHECK(apply1(MapOp::round, 3.5, DType::f32) == 4);
  CHECK(apply1(MapOp::erf, 0.5, DType::f32) == 0.5204998850822449);
  CHECK(apply1(MapOp::sigmoid, -90, DType::f32) == Approx(8.194012623990515e-40));
  CHECK(apply1(MapOp::rsqrt, 4, DType::f32) == 0.5);
  CHECK(apply1(MapOp::sigmoid, 1000, DType::f32) == 1);
}

TEST_CASE("maps broadcast") {
  Values v;
  const NodeId a = v.add(counting({2, 1, 3}));
  const NodeId b = v.add(counting({2, 1}));
  CHECK(v.floats(v.builder.map2(MapOp::add, a, b)) == std::vector<float>{0, 1, 2, 1, 2, 3, 3, 4, 5, 4, 5, 6});
  CHECK(v.floats(v.builder.broadcast_to(b, {{2, 2, 2}})) == std::vector<float>{0, 0, 1, 1, 0, 0, 1, 1});
}

TEST_CASE("64-bit integers are exact") {
  Values v;
  TensorData data = TensorData::zeros(DType::i64, {1});
  const std::int64_t big = (std::int64_t{1} << 60) + 1;
  std::memcpy(data.bytes.data(), &big, sizeof(big));
  const NodeId x = v.add(data);
  const TensorData doubled = v(v.builder.map2(MapOp::add, x, x));
  std::int64_t result = 0;
  std::memcpy(&result, doubled.bytes.data(), sizeof(result));
  CHECK(result == 2 * big);
}

TEST_CASE("a map longer than a block") {
  Values v;
  const std::vector<float> result =
      v.floats(v.builder.map2(MapOp::multiply, v.add(counting({3, 700})), v.add(counting({3, 1}))));
  CHECK(result[699] == 0);
  CHECK(result[700 + 699] == 1399);
  CHECK(result[1400 + 699] == 2 * 2099);
}

TEST_CASE("moves") {
  Values v;
  const NodeId x = v.add(counting({2, 3}));
  CHECK(v.floats(v.builder.transpose(x, {1, 0})) == std::vector<float>{0, 3, 1, 4, 2, 5});
  CHECK(v.floats(v.builder.slice(x, {0, 2}, {2, 2}, {1, -2})) == std::vector<float>{2, 0, 5, 3});
  CHECK(v.floats(v.builder.pad(x, {0, 1}, {1, 0}, 9)) == std::vector<float>{9, 0, 1, 2, 9, 3, 4, 5, 9, 9, 9, 9});
  CHECK(v.floats(v.builder.concat({x, x}, 1)) == std::vector<float>{0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5});
  CHECK(v.floats(v.builder.concat({x, x}, 0)) == std::vector<float>{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5});
  CHECK(v(v.builder.reshape(x, {{3, 2}})).shape == std::vector<std::int64_t>{3, 2});
}

TEST_CASE("reductions") {
  Values v;
  const NodeId x = v.add(counting({2, 3, 2}));
  CHECK(v.floats(v.builder.reduce(Reducer::sum, x, {1}, false)) == std::vector<float>{6, 9, 24, 27});
  CHECK(v.floats(v.builder.reduce(Reducer::mean, x, {0, 2}, true)) == std::vector<float>{3.5, 5.5, 7.5});
  CHECK(v.floats(v.builder.reduce(Reducer::maximum, x, {0, 1, 2}, false)) == std::vector<float>{11});
  CHECK(v.floats(v.builder.reduce(Reducer::product, x, {2}, false)) == std::vector<float>{0, 6, 20, 42, 72, 110});
}

TEST_CASE("softmax as a row program") {
  Values v;
  const NodeId x = v.add(TensorData::from_floats({1, 3}, {1, 2, 3}));
  RowsAttributes rows;
  MapBuilder highest;
  rows.steps.push_back({Reducer::maximum, highest.finish(highest.operand(0, DType::f32))});
  MapBuilder exponential;
  rows.steps.push_back({std::nullopt, exponential.finish(exponential.apply(
                                          MapOp::exp, exponential.subtract(exponential.operand(0, DType::f32),
                                                                           exponential.operand(1, DType::f32))))});
  MapBuilder total;
  rows.steps.push_back({Reducer::sum, total.finish(total.operand(2, DType::f32))});
  MapBuilder quotient;
  rows.steps.push_back({std::nullopt, quotient.finish(quotient.divide(quotient.operand(2, DType::f32),
                                                                      quotient.operand(3, DType::f32)))});
  const std::vector<float> result = v.floats(v.builder.rows(rows, {x}, DType::f32));
  // scipy.special.softmax([1, 2, 3])
  CHECK(result[0] == Approx(0.09003057));
  CHECK(result[1] == Approx(0.24472847));
  CHECK(result[2] == Approx(0.66524096));
}

TEST_CASE("the sum is rounded before the epilogue") {
  Values v;
  const NodeId left = v.add(TensorData::from_floats({1, 2}, {1.0F, 1.0F}));
  const NodeId right = v.add(TensorData::from_floats({2, 1}, {1.0F, 1e-9F}));
  const NodeId one = v.builder.scalar(1, DType::f32);
  MapBuilder map;
  ContractionAttributes dense{
      .left = "nk",
      .right = "kf",
      .output = "nf",
      .epilogue = map.finish(map.subtract(map.operand(0, DType::f32), map.operand(1, DType::f32)))};
  CHECK(v.floats(v.builder.contraction(dense, left, right, {one}))[0] == 0);
}

TEST_CASE("convolutions agree with their definition") {
  std::mt19937 random(7);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (int turn = 0; turn < 300; ++turn) {
    const std::int64_t h = pick(1, 9), w = pick(1, 9), p = pick(1, 3), q = pick(1, 3), c = pick(1, 3), f = pick(1, 3);
    const auto window = [&](char output, char cell, std::int64_t size) {
      ContractionWindow result{.output = output, .window = cell, .stride = pick(1, 3), .dilation = pick(1, 2)};
      result.pad_low = pick(-1, size + 1);
      result.pad_high = pick(0, 2 * size);
      result.input_dilation = pick(1, 3);
      return result;
    };
    const ContractionWindow down = window('h', 'p', p);
    const ContractionWindow across = window('w', 'q', q);
    if (window_output_size(h, p, down).constant() < 1 || window_output_size(w, q, across).constant() < 1) {
      continue;
    }
    Values v;
    const NodeId left = v.add(random_tensor({2, h, w, c}, random));
    const NodeId right = v.add(random_tensor({p, q, c, f}, random));
    const bool channels_first = turn % 2 == 0;
    const TensorData result = v(v.builder.contraction(
        {.left = "nhwc", .right = "pqcf", .output = channels_first ? "nfhw" : "nhwf", .windows = {down, across}}, left,
        right));
    const std::int64_t out_h = window_output_size(h, p, down).constant();
    const std::int64_t out_w = window_output_size(w, q, across).constant();
    // Position in the input of an output and a window cell; -1 outside, or between the cells of a spread input.
    const auto position = [](const ContractionWindow& of, std::int64_t output, std::int64_t cell, std::int64_t size) {
      const std::int64_t spread = output * of.stride + cell * of.dilation - of.pad_low;
      return spread < 0 || spread % of.input_dilation != 0 || spread / of.input_dilation >= size
                 ? std::int64_t{-1}
                 : spread / of.input_dilation;
    };
    bool agrees = true;
    for (std::int64_t n = 0; n < 2; ++n) {
      for (std::int64_t y = 0; y < out_h; ++y) {
        for (std::int64_t x = 0; x < out_w; ++x) {
          for (std::int64_t o = 0; o < f; ++o) {
            double sum = 0;
            for (std::int64_t i = 0; i < p * q * c; ++i) {
              const std::int64_t from_y = position(down, y, i / c / q, h);
              const std::int64_t from_x = position(across, x, i / c % q, w);
              if (from_y >= 0 && from_x >= 0) {
                sum += v.evaluation.inputs[0].at(((n * h + from_y) * w + from_x) * c + i % c) *
                       v.evaluation.inputs[1].at(i * f + o);
              }
            }
            agrees = agrees && result.at(channels_first ? ((n * f + o) * out_h + y) * out_w + x
                                                        : ((n * out_h + y) * out_w + x) * f + o) == sum;
          }
        }
      }
    }
    INFO("turn " << turn << "\n" << dump(v.graph));
    REQUIRE(agrees);
  }
}

TEST_CASE("contractions without windows agree with their definition") {
  std::mt19937 random(8);
  Values v;
  const NodeId a = v.add(random_tensor({2, 3, 4, 5}, random));  // attention scores: n t h d, n s h d -> n h t s
  const NodeId b = v.add(random_tensor({2, 6, 4, 5}, random));
  const TensorData result = v(v.builder.contraction({.left = "nthd", .right = "nshd", .output = "nhts"}, a, b));
  bool agrees = true;
  for (std::int64_t n = 0; n < 2; ++n) {
    for (std::int64_t h = 0; h < 4; ++h) {
      for (std::int64_t t = 0; t < 3; ++t) {
        for (std::int64_t s = 0; s < 6; ++s) {
          double sum = 0;
          for (std::int64_t d = 0; d < 5; ++d) {
            sum += v.evaluation.inputs[0].at(((n * 3 + t) * 4 + h) * 5 + d) *
                   v.evaluation.inputs[1].at(((n * 6 + s) * 4 + h) * 5 + d);
          }
          agrees = agrees && result.at(((n * 4 + h) * 3 + t) * 6 + s) == sum;
        }
      }
    }
  }
  CHECK(agrees);
}

TEST_CASE("pooling leaves border cells out") {
  Values v;
  const NodeId x = v.add(TensorData::from_floats({1, 3, 1}, {-1, -2, -3}));
  const auto pool = [&](Reducer reducer) {
    return v.floats(v.builder.window_reduce(
        {.reducer = reducer, .windows = {{.size = 2, .stride = 2, .pad_low = 1, .pad_high = 0}}}, x));
  };
  CHECK(pool(Reducer::maximum) == std::vector<float>{-1, -2});
  CHECK(pool(Reducer::mean) == std::vector<float>{-1, -2.5});
  CHECK(pool(Reducer::sum) == std::vector<float>{-1, -5});
}

TEST_CASE("pooling agrees with its definition") {
  std::mt19937 random(9);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (int turn = 0; turn < 100; ++turn) {
    const std::int64_t h = pick(3, 9), w = pick(3, 9);
    WindowReduceAttributes pool{.reducer = turn % 2 == 0 ? Reducer::maximum : Reducer::sum};
    for (int axis = 0; axis < 2; ++axis) {
      const std::int64_t size = pick(1, 3);
      pool.windows.push_back({.size = size,
                              .stride = pick(1, 3),
                              .dilation = size == 3 ? 1 : pick(1, 2),
                              .pad_low = pick(0, size - 1),
                              .pad_high = pick(0, size - 1)});
    }
    Values v;
    const NodeId x = v.add(random_tensor({2, h, w, 2}, random));
    const TensorData result = v(v.builder.window_reduce(pool, x));
    bool agrees = true;
    std::int64_t index = 0;
    for (std::int64_t n = 0; n < 2; ++n) {
      for (std::int64_t y = 0; y < result.shape[1]; ++y) {
        for (std::int64_t z = 0; z < result.shape[2]; ++z) {
          for (std::int64_t c = 0; c < 2; ++c, ++index) {
            double total = turn % 2 == 0 ? -std::numeric_limits<double>::infinity() : 0;
            for (std::int64_t i = 0; i < pool.windows[0].size; ++i) {
              for (std::int64_t j = 0; j < pool.windows[1].size; ++j) {
                const std::int64_t a =
                    y * pool.windows[0].stride + i * pool.windows[0].dilation - pool.windows[0].pad_low;
                const std::int64_t b =
                    z * pool.windows[1].stride + j * pool.windows[1].dilation - pool.windows[1].pad_low;
                if (a >= 0 && a < h && b >= 0 && b < w) {
                  const double value = v.evaluation.inputs[0].at(((n * h + a) * w + b) * 2 + c);
                  total = turn % 2 == 0 ? std::max(total, value) : total + value;
                }
              }
            }
            agrees = agrees && result.at(index) == total;
          }
        }
      }
    }
    INFO("turn " << turn << "\n" << dump(v.graph));
    REQUIRE(agrees);
  }
}

TEST_CASE("any batch, and sizes known at run time") {
  Graph graph;
  Builder builder(graph);
  const NodeId x = builder.input({.name = "x"}, f32({Dim::batch(), Dim::symbol("T")}));
  const NodeId last = builder.slice(x, {0, Dim::symbol("T") - 1}, {Dim::batch(), 1}, {1, 1});
  const std::vector<TensorData> result =
      evaluate(graph, {.sizes = {{"N", 2}, {"T", 3}}, .inputs = {counting({2, 3})}}, {last, x, last});
  CHECK(result[0].at(1) == 5);
  CHECK(result[1].at(4) == 4);
  CHECK(result[2] == result[0]);
}

TEST_CASE("what is not wanted needs no values") {
  Graph graph;
  Builder builder(graph);
  builder.input({.name = "x"}, f32({Dim::batch(), 4}));
  const NodeId w = builder.parameter({.path = "w", .type = f32({2})});
  const NodeId doubled = builder.map2(MapOp::add, w, w);
  CHECK(evaluate(graph, {.parameters = {TensorData::from_floats({2}, {1, 2})}}, {doubled})[0].at(1) == 4);
}

TEST_CASE("preparing large weights", "[.speed]") {
  Values v;
  const NodeId x = v.add(TensorData::zeros(DType::f32, {25, 1000, 1000}));
  const auto time = [&](const char* name, NodeId node) {
    const auto start = std::chrono::steady_clock::now();
    v(node);
    WARN(name << " " << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << " s");
  };
  time("transpose", v.builder.transpose(x, {2, 0, 1}));
  time("pad", v.builder.pad(x, {0, 0, 1}, {0, 3, 0}, 0));
  time("map", v.builder.map2(MapOp::multiply, x, v.add(counting({1000}))));
  time("reshape", v.builder.reshape(x, {{25, 1000000}}));
}
