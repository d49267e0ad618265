// Fresh weights: the distributions that Keras documents, and numbers that no platform changes.
#include "weights/random_weights.hpp"

#include <cmath>

#include "catch.hpp"
#include "weight_files.hpp"
#include "weights/weights.hpp"

using namespace kdlc;
using namespace kdlc::test;

namespace {

struct Moments {
  double mean = 0;
  double deviation = 0;
  double smallest = 0;
  double largest = 0;
};

Moments moments_of(const TensorData& data) {
  Moments moments;
  const std::int64_t count = data.element_count();
  moments.smallest = moments.largest = data.at(0);
  for (std::int64_t index = 0; index < count; ++index) {
    moments.mean += data.at(index) / static_cast<double>(count);
    moments.smallest = std::min(moments.smallest, data.at(index));
    moments.largest = std::max(moments.largest, data.at(index));
  }
  for (std::int64_t index = 0; index < count; ++index) {
    moments.deviation += std::pow(data.at(index) - moments.mean, 2) / static_cast<double>(count);
  }
  moments.deviation = std::sqrt(moments.deviation);
  return moments;
}

TensorData initial(const std::string& kind, std::vector<std::int64_t> shape, double value = 0) {
  Weight weight{"a.kernel", std::move(shape)};
  weight.initializer = kind;
  weight.value = value;
  return weights::initial_weight(graph_of({weight}).parameters[0], 1);
}

/// 40,000 draws: the mean's error is below 5 deviations / 200, the deviation's below 3 %.
void check_moments(const std::string& kind, double deviation, double limit, double value = 0) {
  INFO(kind);
  const Moments moments = moments_of(initial(kind, {2, 2, 100, 100}, value));
  CHECK(std::abs(moments.mean) < 5 * deviation / 200);
  CHECK(moments.deviation == Approx(deviation).epsilon(0.03));
  CHECK(moments.largest <= limit);
  CHECK(moments.smallest >= -limit);
  CHECK(moments.largest > 0.9 * std::min(limit, 4 * deviation));
}

}  // namespace

TEST_CASE("initializers have the deviations and limits of Keras' formulas") {
  // Fans of 2×2×100×100: 400 and 400.
  const double glorot = std::sqrt(2.0 / 800);
  check_moments("glorot_uniform", glorot, std::sqrt(6.0 / 800));
  check_moments("glorot_normal", glorot, 2 * glorot / 0.8796);
  check_moments("he_uniform", std::sqrt(2.0 / 400), std::sqrt(6.0 / 400));
  check_moments("he_normal", std::sqrt(2.0 / 400), 2 * std::sqrt(2.0 / 400) / 0.8796);
  check_moments("lecun_uniform", std::sqrt(1.0 / 400), std::sqrt(3.0 / 400));
  check_moments("lecun_normal", std::sqrt(1.0 / 400), 2 * std::sqrt(1.0 / 400) / 0.8796);
  check_moments("uniform", 0.05 / std::sqrt(3.0), 0.05);
  check_moments("uniform", 2 / std::sqrt(3.0), 2, 2);
  check_moments("normal", 0.02, 0.02 * 6, 0.02);
  check_moments("truncated_normal", 0.05 * 0.8796, 0.1);
}

TEST_CASE("a normal distribution has the quantiles of one") {
  const TensorData data = initial("normal", {200, 200}, 1);
  std::int64_t within_one = 0;
  std::int64_t within_two = 0;
  for (std::int64_t index = 0; index < data.element_count(); ++index) {
    within_one += std::abs(data.at(index)) < 1 ? 1 : 0;
    within_two += std::abs(data.at(index)) < 2 ? 1 : 0;
  }
  CHECK(static_cast<double>(within_one) / 40000 == Approx(0.6827).margin(0.012));
  CHECK(static_cast<double>(within_two) / 40000 == Approx(0.9545).margin(0.006));
}

TEST_CASE("constants, identity and the forget gate") {
  CHECK(moments_of(initial("zeros", {4})).largest == 0);
  CHECK(moments_of(initial("ones", {4})).smallest == 1);
  CHECK(initial("constant", {2}, 2.5) == TensorData::from_floats({2}, {2.5F, 2.5F}));
  CHECK(initial("identity", {2, 2}) == TensorData::from_floats({2, 2}, {1, 0, 0, 1}));
  CHECK(initial("unit_forget_bias", {8}) == TensorData::from_floats({8}, {0, 0, 1, 1, 0, 0, 0, 0}));
}

TEST_CASE("orthogonal matrices are orthogonal along their shorter side") {
  for (const auto& [rows, columns] : {std::pair(7, 5), std::pair(5, 7), std::pair(6, 6)}) {
    const TensorData data = initial("orthogonal", {rows, columns}, 2);
    const bool is_tall = rows >= columns;
    const int count = is_tall ? columns : rows;
    const int length = is_tall ? rows : columns;
    for (int first = 0; first < count; ++first) {
      for (int second = 0; second < count; ++second) {
        double product = 0;
        for (int k = 0; k < length; ++k) {
          product += is_tall ? data.at(k * columns + first) * data.at(k * columns + second)
                             : data.at(first * columns + k) * data.at(second * columns + k);
        }
        CHECK(product == Approx(first == second ? 4 : 0).margin(1e-5));
      }
    }
  }
}

TEST_CASE("a weight's numbers depend on its path and the seed alone") {
  const auto both = weights::random_weights(graph_of({{"a.kernel", {3, 4}}, {"b.kernel", {3, 4}}}), 7);
  const auto one = weights::random_weights(graph_of({{"b.kernel", {3, 4}}}), 7);
  CHECK(both[1] == one[0]);
  CHECK_FALSE(both[0] == both[1]);
  CHECK_FALSE(weights::random_weights(graph_of({{"b.kernel", {3, 4}}}), 8)[0] == one[0]);
}

TEST_CASE("the generator is SplitMix64") {
  // Uniform in ±1 of `w`, seed 1: from an implementation in Python's whole numbers (tests/oracle/splitmix.py).
  const TensorData data = [] {
    Weight weight{"w", {3}};
    weight.initializer = "uniform";
    weight.value = 1;
    weight.dtype = DType::f64;
    return weights::initial_weight(graph_of({weight}).parameters[0], 1);
  }();
  CHECK(data.at(0) == -0x1.e853d82a78118p-2);
  CHECK(data.at(1) == -0x1.9b16df0007fb0p-4);
  CHECK(data.at(2) == -0x1.6253178563b20p-4);
}

TEST_CASE("random weights leave no zero bias and no trivial statistics") {
  std::vector<Weight> list = {{"a.bias", {100}}, {"b.moving_mean", {100}}, {"b.moving_variance", {100}}};
  list[0].initializer = "zeros";
  list[1].initializer = "zeros";
  list[2].initializer = "ones";
  list[2].non_negative = true;
  const auto tensors = weights::random_weights(graph_of(list), 1);
  CHECK(moments_of(tensors[0]).deviation > 0.04);
  CHECK(moments_of(tensors[1]).largest <= 0.1);
  CHECK(moments_of(tensors[2]).smallest >= 0.5);
  CHECK(moments_of(tensors[2]).largest <= 1.5);
}
