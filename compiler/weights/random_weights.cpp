// Fresh weights: Keras' initializers over a generator that gives the same numbers on every platform.
//
// The generator is SplitMix64 (Steele, Lea, Flood 2014), seeded for each weight by FNV-1a of its path mixed with the
// seed, so that adding a layer changes no other weight. Only + - * / and sqrt are used, which IEEE 754 rounds exactly;
// this file is compiled without contraction to fused multiply-adds.
#include "weights/random_weights.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "support/assert.hpp"
#include "weights/weights.hpp"

namespace kdlc::weights {
namespace {

/// The natural logarithm of x > 0 from basic operations: x = m × 2^e with m in [sqrt(1/2), sqrt(2)), and
/// log m = 2 (s + s³/3 + s⁵/5 + …) with s = (m - 1) / (m + 1); |s| < 0.172 makes 13 terms exact to double.
double portable_log(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < 0.70710678118654752) {
    mantissa *= 2;
    --exponent;
  }
  const double s = (mantissa - 1) / (mantissa + 1);
  const double square = s * s;
  double sum = 0;
  for (int term = 25; term >= 1; term -= 2) {
    sum = sum * square + 1.0 / term;
  }
  return 2 * s * sum + exponent * 0.69314718055994531;
}

class Generator {
public:
  Generator(std::uint64_t seed, std::string_view path) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char character : path) {
      hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3U;
    }
    state_ = hash;
    state_ = next() ^ seed;
    state_ = next();
  }

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  /// In [low, high).
  double uniform(double low, double high) {
    const double unit = static_cast<double>(next() >> 11U) * 0x1p-53;
    return low + (high - low) * unit;
  }
  /// Marsaglia's polar method.
  double normal() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    double u = 0;
    double v = 0;
    double square = 0;
    do {
      u = uniform(-1, 1);
      v = uniform(-1, 1);
      square = u * u + v * v;
    } while (square >= 1 || square == 0);
    const double factor = std::sqrt(-2 * portable_log(square) / square);
    spare_ = v * factor;
    has_spare_ = true;
    return u * factor;
  }
  /// Normal, drawn again outside two deviations.
  double truncated_normal() {
    double value = normal();
    while (std::abs(value) > 2) {
      value = normal();
    }
    return value;
  }

private:
  std::uint64_t state_ = 0;
  double spare_ = 0;
  bool has_spare_ = false;
};

struct Fans {
  double in = 1;
  double out = 1;
};

/// Keras' compute_fans: (in, out) behind a receptive field.
Fans fans_of(const std::vector<std::int64_t>& shape) {
  if (shape.empty()) {
    return {};
  }
  if (shape.size() == 1) {
    return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  }
  double field = 1;
  for (std::size_t axis = 0; axis + 2 < shape.size(); ++axis) {
    field *= static_cast<double>(shape[axis]);
  }
  return {field * static_cast<double>(shape[shape.size() - 2]), field * static_cast<double>(shape.back())};
}

template <class Draw>
TensorData filled(const TensorType& type, Draw draw) {
  std::vector<std::int64_t> shape;
  for (const Dim& axis : type.shape.axes) {
    shape.push_back(axis.constant());
  }
  TensorData data = TensorData::zeros(type.dtype, shape);
  const std::int64_t count = data.element_count();
  for (std::int64_t index = 0; index < count; ++index) {
    data.set(index, draw(index));
  }
  return data;
}

/// What a variance-scaling initializer's name says: `glorot_uniform`, `he_normal`, ….
struct Scaling {
  double variance = 1;
  bool is_uniform = false;
};
std::optional<Scaling> find_scaling(std::string_view kind, const Fans& fans) {
  const double fan_in = std::max(1.0, fans.in);
  const double fan_average = std::max(1.0, (fans.in + fans.out) / 2);
  const bool is_uniform = kind.ends_with("_uniform");
  if (kind == "glorot_uniform" || kind == "glorot_normal") {
    return Scaling{1 / fan_average, is_uniform};
  }
  if (kind == "he_uniform" || kind == "he_normal") {
    return Scaling{2 / fan_in, is_uniform};
  }
  if (kind == "lecun_uniform" || kind == "lecun_normal" || kind == "variance_scaling") {
    return Scaling{1 / fan_in, is_uniform};
  }
  return std::nullopt;
}

TensorData draw_scaled(const TensorType& type, const Scaling& scaling, Generator& generator) {
  if (scaling.is_uniform) {
    const double limit = std::sqrt(3 * scaling.variance);
    return filled(type, [&](std::int64_t) { return generator.uniform(-limit, limit); });
  }
  // The deviation of a standard normal cut at ±2 is 0.87962566…: divided out, so that the variance is as wanted.
  const double deviation = std::sqrt(scaling.variance) / 0.87962566103423978;
  return filled(type, [&](std::int64_t) { return deviation * generator.truncated_normal(); });
}

/// Orthonormal columns (rows when there are fewer rows) of a random matrix of all leading axes × the last one, by
/// modified Gram-Schmidt in two rounds; R's diagonal is positive, as Keras makes it.
TensorData draw_orthogonal(const TensorType& type, double gain, Generator& generator) {
  std::size_t rows = 1;
  for (std::size_t axis = 0; axis + 1 < type.shape.axes.size(); ++axis) {
    rows *= static_cast<std::size_t>(type.shape.axes[axis].constant());
  }
  const std::size_t columns = type.shape.axes.empty() ? 1 : static_cast<std::size_t>(type.shape.axes.back().constant());
  const std::size_t length = std::max(rows, columns);
  const std::size_t count = std::min(rows, columns);
  std::vector<std::vector<double>> vectors(count, std::vector<double>(length));
  for (std::size_t k = 0; k < count; ++k) {
    std::generate(vectors[k].begin(), vectors[k].end(), [&] { return generator.normal(); });
    for (std::size_t earlier = 0; earlier < 2 * k; ++earlier) {
      const std::vector<double>& other = vectors[earlier % k];
      double product = 0;
      for (std::size_t i = 0; i < length; ++i) {
        product += vectors[k][i] * other[i];
      }
      for (std::size_t i = 0; i < length; ++i) {
        vectors[k][i] -= product * other[i];
      }
    }
    double square = 0;
    for (const double value : vectors[k]) {
      square += value * value;
    }
    const double length_of_vector = std::sqrt(square);
    for (double& value : vectors[k]) {
      value /= length_of_vector;
    }
  }
  return filled(type, [&](std::int64_t index) {
    const std::size_t row = static_cast<std::size_t>(index) / columns;
    const std::size_t column = static_cast<std::size_t>(index) % columns;
    return gain * (rows >= columns ? vectors[column][row] : vectors[row][column]);
  });
}

double value_or(double value, double fallback) {
  return value == 0 ? fallback : value;
}

TensorData draw(const graph::ParameterInfo& parameter, Generator& generator) {
  const TensorType& type = parameter.type;
  const std::string_view kind = parameter.initializer.kind;
  const double value = parameter.initializer.value;
  std::vector<std::int64_t> shape;
  for (const Dim& axis : type.shape.axes) {
    shape.push_back(axis.constant());
  }
  if (const std::optional<Scaling> scaling = find_scaling(kind, fans_of(shape))) {
    return draw_scaled(type, *scaling, generator);
  }
  if (kind == "zeros" || kind == "zero") {
    return filled(type, [](std::int64_t) { return 0.0; });
  }
  if (kind == "ones" || kind == "one") {
    return filled(type, [](std::int64_t) { return 1.0; });
  }
  if (kind == "constant") {
    return filled(type, [&](std::int64_t) { return value; });
  }
  if (kind == "uniform" || kind == "random_uniform") {
    const double limit = value_or(value, 0.05);
    return filled(type, [&](std::int64_t) { return generator.uniform(-limit, limit); });
  }
  if (kind == "normal" || kind == "random_normal") {
    return filled(type, [&](std::int64_t) { return value_or(value, 0.05) * generator.normal(); });
  }
  if (kind == "truncated_normal") {
    return filled(type, [&](std::int64_t) { return value_or(value, 0.05) * generator.truncated_normal(); });
  }
  if (kind == "orthogonal") {
    return draw_orthogonal(type, value_or(value, 1), generator);
  }
  if (kind == "identity") {
    const std::int64_t columns = shape.empty() ? 1 : shape.back();
    return filled(type,
                  [&](std::int64_t index) { return index / columns == index % columns ? value_or(value, 1) : 0.0; });
  }
  if (kind == "unit_forget_bias") {
    // The four gates of an LSTM are i f g o; the forget gate starts open.
    const std::int64_t units = shape.empty() ? 1 : shape.back() / 4;
    return filled(type, [&](std::int64_t index) { return index / std::max<std::int64_t>(units, 1) == 1 ? 1.0 : 0.0; });
  }
  KDLC_UNREACHABLE("an initializer has one of Keras' names");
}

}  // namespace

TensorData initial_weight(const graph::ParameterInfo& parameter, std::uint64_t seed) {
  Generator generator(seed, parameter.path);
  return draw(parameter, generator);
}

TensorData random_weight(const graph::ParameterInfo& parameter, std::uint64_t seed) {
  Generator generator(seed, parameter.path);
  const std::string_view kind = parameter.initializer.kind;
  if (kind == "zeros" || kind == "zero") {
    return filled(parameter.type, [&](std::int64_t) {
      const double value = generator.uniform(-0.1, 0.1);
      return parameter.non_negative ? std::abs(value) : value;
    });
  }
  if (kind == "ones" || kind == "one") {
    return filled(parameter.type, [&](std::int64_t) { return generator.uniform(0.5, 1.5); });
  }
  return draw(parameter, generator);
}

TensorData random_data(DType dtype, std::vector<std::int64_t> shape, const RandomData& random) {
  Generator generator(random.seed, "");
  TensorData data = TensorData::zeros(dtype, std::move(shape));
  const std::int64_t count = data.element_count();
  const auto width = static_cast<std::uint64_t>(random.range_end) - static_cast<std::uint64_t>(random.range_begin);
  for (std::int64_t index = 0; index < count; ++index) {
    if (is_float(dtype)) {
      data.set(index, generator.uniform(-1, 1));
    } else if (dtype == DType::boolean) {
      data.set(index, static_cast<double>(generator.next() & 1U));
    } else {
      const std::uint64_t step = width == 0 ? 0 : generator.next() % width;
      data.set(index, static_cast<double>(random.range_begin + static_cast<std::int64_t>(step)));
    }
  }
  return data;
}

std::vector<TensorData> random_weights(const graph::Graph& graph, std::uint64_t seed) {
  std::vector<TensorData> tensors;
  for (const graph::ParameterInfo& parameter : graph.parameters) {
    tensors.push_back(random_weight(parameter, seed));
  }
  return tensors;
}

}  // namespace kdlc::weights
