// Vector mathematics against long double: errors in units in the last place over dense samples, and special values.
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "catch.hpp"
#include "codegen/loops.hpp"
#include "codegen/math/vector_math.hpp"
#include "unit/codegen/kernel_runner.hpp"

namespace kdlc::testing {
namespace {

using Emit1 = llvm::Value* (*)(codegen::Emitter&, llvm::Value*);
using Emit2 = llvm::Value* (*)(codegen::Emitter&, llvm::Value*, llvm::Value*);

/// output[i] = function(inputs[0][i], inputs[1][i]) for i < N.
Kernel make_kernel(const codegen::Target& target, DType dtype, std::size_t count,
                   const std::function<llvm::Value*(codegen::Emitter&, const std::vector<llvm::Value*>&)>& function) {
  return Kernel({.target = target,
                 .input_count = count,
                 .output_count = 1,
                 .symbols = {"N"},
                 .emit = [&](codegen::Emitter& emitter) {
                   for_each_part(
                       emitter, emitter.count(Dim::batch()), emitter.lanes(dtype), [&](const codegen::Part& part) {
                         std::vector<llvm::Value*> values;
                         for (std::size_t index = 0; index < count; ++index) {
                           values.push_back(emitter.load(
                               {.base = emitter.frame.inputs[index], .dtype = dtype, .strides = {1}}, 0, part));
                         }
                         emitter.store(function(emitter, values),
                                       {.base = emitter.frame.outputs[0], .dtype = dtype, .strides = {1}}, 0, part);
                       });
                 }});
}

template <class T>
std::vector<T> run(const Kernel& kernel, std::vector<std::vector<T>> inputs) {
  std::vector<T> output(inputs[0].size());
  Places places{.outputs = {output.data()}, .sizes = {static_cast<std::int64_t>(output.size())}};
  for (std::vector<T>& input : inputs) {
    places.inputs.push_back(input.data());
  }
  kernel.run(places);
  return output;
}

/// |actual - exact| in units in the last place of exact (of `floor` where exact is smaller).
template <class T>
double error_of(T actual, long double exact, double floor = 0) {
  const T rounded = static_cast<T>(exact);
  if (std::isnan(rounded) || std::isnan(actual)) {
    return std::isnan(rounded) && std::isnan(actual) ? 0 : INFINITY;
  }
  if (std::isinf(rounded) || std::isinf(actual)) {
    // The largest number and infinity are neighbours.
    const T largest = std::numeric_limits<T>::max();
    const bool near = rounded == actual ||
                      (std::abs(rounded) >= largest * T(0.999999) && std::signbit(rounded) == std::signbit(actual) &&
                       std::abs(actual) >= largest * T(0.999999));
    return near ? 0 : INFINITY;
  }
  const T magnitude = std::max({std::abs(rounded), static_cast<T>(floor), std::numeric_limits<T>::min()});
  const T unit = std::nextafter(magnitude, std::numeric_limits<T>::infinity()) - magnitude;
  return static_cast<double>(std::abs(static_cast<long double>(actual) - exact) / unit);
}

/// Numbers of every magnitude and sign from -`limit` to `limit`, denser where a float is dense, with the special ones.
template <class T>
std::vector<T> samples(double low, double high) {
  std::vector<T> values = {T(0),
                           -T(0),
                           std::numeric_limits<T>::infinity(),
                           -std::numeric_limits<T>::infinity(),
                           std::numeric_limits<T>::quiet_NaN(),
                           std::numeric_limits<T>::denorm_min(),
                           -std::numeric_limits<T>::denorm_min(),
                           std::numeric_limits<T>::min(),
                           -std::numeric_limits<T>::min(),
                           std::numeric_limits<T>::max(),
                           std::numeric_limits<T>::lowest(),
                           T(1),
                           T(-1),
                           T(2),
                           T(0.5)};
  const int steps = 60000;
  for (int step = 0; step <= steps; ++step) {
    values.push_back(static_cast<T>(low + (high - low) * step / steps));
  }
  for (double magnitude = std::is_same_v<T, float> ? 1e-45 : 1e-320;
       magnitude < std::max(std::abs(low), std::abs(high)); magnitude *= 1.003) {
    for (const double value : {magnitude, -magnitude}) {
      if (value >= low && value <= high) {
        values.push_back(static_cast<T>(value));
      }
    }
  }
  return values;
}

struct Function {
  const char* name;
  Emit1 emit;
  long double (*exact)(long double);
  double low;
  double high;
  double f32_bound;  // in units in the last place
  double f64_bound;
  double floor = 0;            // errors are relative to no less than this
  bool is_periodic = false;    // special values beyond the range are not for it
  bool is_share_of_x = false;  // errors are relative to no less than x
};

long double sigmoid(long double x) {
  return 1 / (1 + std::exp(-x));
}
long double rsqrt(long double x) {
  return 1 / std::sqrt(x);
}

long double silu(long double x) {
  return x / (1 + std::exp(-x));
}

long double gelu(long double x) {
  return x * std::erfc(-x / std::sqrt(2.0L)) / 2;
}

const std::vector<Function> kFunctions = {
    {"exp", codegen::emit_exp, [](long double x) { return std::exp(x); }, -750, 720, 1, 1},
    {"exp near 0", codegen::emit_exp, [](long double x) { return std::exp(x); }, -4, 4, 1, 1},
    {"expm1", codegen::emit_expm1, [](long double x) { return std::expm1(x); }, -110, 100, 2, 2},
    {"expm1 near 0", codegen::emit_expm1, [](long double x) { return std::expm1(x); }, -2, 2, 2, 2},
    {"log", codegen::emit_log, [](long double x) { return std::log(x); }, -1, 1e30, 1, 1},
    {"log near 1", codegen::emit_log, [](long double x) { return std::log(x); }, 0, 4, 1, 1},
    {"log1p", codegen::emit_log1p, [](long double x) { return std::log1p(x); }, -1.5, 1e10, 1, 1},
    {"log1p near 0", codegen::emit_log1p, [](long double x) { return std::log1p(x); }, -1, 2, 1, 1},
    {"tanh", codegen::emit_tanh, [](long double x) { return std::tanh(x); }, -25, 25, 3, 3},
    {"tanh near 0", codegen::emit_tanh, [](long double x) { return std::tanh(x); }, -1, 1, 3, 3},
    {"sigmoid", codegen::emit_sigmoid, sigmoid, -100, 100, 3, 3},
    {"erf", codegen::emit_erf, [](long double x) { return std::erf(x); }, -7, 7, 1.5, 1.5},
    {"erf near 0", codegen::emit_erf, [](long double x) { return std::erf(x); }, -1, 1, 1.5, 1.5},
    {"gelu", codegen::emit_gelu, gelu, -9, 9, 2, 2, 0, false, true},
    {"gelu near 0", codegen::emit_gelu, gelu, -1, 1, 2, 2, 0, false, true},
    {"silu", codegen::emit_silu, silu, -100, 100, 2, 2, 0, false, true},
    {"silu near 0", codegen::emit_silu, silu, -1, 1, 2, 2, 0, false, true},
    {"sin", codegen::emit_sin, [](long double x) { return std::sin(x); }, -1e6, 1e6, 2, 2, 1e-6, true},
    {"sin near 0", codegen::emit_sin, [](long double x) { return std::sin(x); }, -7, 7, 2, 2, 1e-6, true},
    {"cos", codegen::emit_cos, [](long double x) { return std::cos(x); }, -1e6, 1e6, 2, 2, 1e-6, true},
    {"cos near 0", codegen::emit_cos, [](long double x) { return std::cos(x); }, -7, 7, 2, 2, 1e-6, true},
    {"sqrt", codegen::emit_sqrt, [](long double x) { return std::sqrt(x); }, -1, 1e10, 0.5001, 0.5001},
    {"rsqrt", codegen::emit_rsqrt, rsqrt, 0, 1e10, 1.5, 1.5},
    {"floor", codegen::emit_floor, [](long double x) { return std::floor(x); }, -1e9, 1e9, 0, 0},
    {"floor near 0", codegen::emit_floor, [](long double x) { return std::floor(x); }, -3, 3, 0, 0},
    {"ceil", codegen::emit_ceil, [](long double x) { return std::ceil(x); }, -3, 3, 0, 0},
    {"round", codegen::emit_round, [](long double x) { return std::nearbyint(x); }, -30, 30, 0, 0},
};

template <class T>
void check(const codegen::Target& target, const Function& function, DType dtype, double bound) {
  const Kernel kernel =
      make_kernel(target, dtype, 1, [&](codegen::Emitter& emitter, const std::vector<llvm::Value*>& values) {
        return function.emit(emitter, values[0]);
      });
  const std::vector<T> inputs = samples<T>(function.low, function.high);
  const std::vector<T> outputs = run<T>(kernel, {inputs});
  double worst = 0;
  T worst_at = 0;
  for (std::size_t index = 0; index < inputs.size(); ++index) {
    if (function.is_periodic && std::abs(inputs[index]) > static_cast<T>(function.high) &&
        std::isfinite(inputs[index])) {
      continue;
    }
    const double floor = function.is_share_of_x ? static_cast<double>(std::abs(inputs[index])) : function.floor;
    const double error = error_of(outputs[index], function.exact(inputs[index]), floor);
    if (!(error <= worst)) {
      worst = error;
      worst_at = inputs[index];
    }
  }
  INFO(target.cpu << " " << name_of(dtype) << " " << function.name << ": " << worst << " units at "
                  << fmt::format("{:a} = {}", worst_at, worst_at));
  CHECK(worst <= bound);
  if (std::getenv("KDLC_SHOW_ERRORS") != nullptr) {
    fmt::print("{} {} {}: {:.2f}\n", target.cpu, name_of(dtype), function.name, worst);
  }
}

TEST_CASE("vector mathematics keeps within its bounds on every level") {
  for (const char* cpu : {"x86-64", "x86-64-v3", "x86-64-v4", "znver4", "native"}) {
    const codegen::Target target = target_for(cpu);
    if (!machine_runs(target)) {
      WARN(cpu << " is not on this machine");
      continue;
    }
    for (const Function& function : kFunctions) {
      check<float>(target, function, DType::f32, function.f32_bound);
      check<double>(target, function, DType::f64, function.f64_bound);
    }
  }
}

template <class T>
void check_power(const codegen::Target& target, DType dtype) {
  const Kernel kernel =
      make_kernel(target, dtype, 2, [](codegen::Emitter& emitter, const std::vector<llvm::Value*>& values) {
        return codegen::emit_power(emitter, values[0], values[1]);
      });
  const T infinity = std::numeric_limits<T>::infinity();
  std::vector<T> points = {T(0),  -T(0), infinity, -infinity, std::numeric_limits<T>::quiet_NaN(),
                           T(1),  T(-1), T(0.5),   T(-0.5),   T(2),
                           T(-2), T(3),  T(-3),    T(1e6),    T(1000001)};
  for (double value = 1e-6; value < 1e7; value *= 1.17) {
    points.push_back(static_cast<T>(value));
    points.push_back(static_cast<T>(-value));
  }
  std::vector<T> x;
  std::vector<T> y;
  for (const T base : points) {
    for (const T exponent : points) {
      x.push_back(base);
      y.push_back(exponent);
    }
  }
  const std::vector<T> results = run<T>(kernel, {x, y});
  for (std::size_t index = 0; index < x.size(); ++index) {
    const long double exact = std::pow(static_cast<long double>(x[index]), static_cast<long double>(y[index]));
    const long double angle = std::abs(y[index] * std::log(std::abs(static_cast<long double>(x[index]))));
    const double bound = std::is_same_v<T, float> ? 1 : 2 + 2 * (std::isfinite(angle) ? static_cast<double>(angle) : 0);
    const double error = error_of(results[index], exact);
    if (!(error <= bound)) {
      INFO(target.cpu << " " << name_of(dtype) << " " << x[index] << " ** " << y[index] << " = " << results[index]
                      << ", exact " << static_cast<double>(exact));
      CHECK(error <= bound);
    }
  }
}

TEST_CASE("powers keep within their bounds") {
  for (const char* cpu : {"x86-64", "native"}) {
    check_power<float>(target_for(cpu), DType::f32);
    check_power<double>(target_for(cpu), DType::f64);
  }
}

TEST_CASE("minimum, maximum and remainder follow NumPy") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> points = {0, 1, -1, 2.5F, -2.5F, 3, -3, 7.25F, 1e6F, -1e6F, infinity, -infinity, nan};
  std::vector<float> x;
  std::vector<float> y;
  for (const float a : points) {
    for (const float b : points) {
      x.push_back(a);
      y.push_back(b);
    }
  }
  const auto results_of = [&](Emit2 emit) {
    const Kernel kernel = make_kernel(target_for("native"), DType::f32, 2,
                                      [&](codegen::Emitter& emitter, const std::vector<llvm::Value*>& values) {
                                        return emit(emitter, values[0], values[1]);
                                      });
    return run<float>(kernel, {x, y});
  };
  const auto same = [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  const auto minima = results_of(codegen::emit_minimum);
  const auto maxima = results_of(codegen::emit_maximum);
  const auto remainders = results_of(codegen::emit_remainder);
  for (std::size_t index = 0; index < x.size(); ++index) {
    const float a = x[index];
    const float b = y[index];
    const bool has_nan = std::isnan(a) || std::isnan(b);
    INFO(a << ", " << b);
    CHECK(same(minima[index], has_nan ? nan : std::min(a, b)));
    CHECK(same(maxima[index], has_nan ? nan : std::max(a, b)));
    // NumPy: fmod, moved to the divisor's sign.
    float expected = std::fmod(a, b);
    if (expected != 0 && std::signbit(expected) != std::signbit(b)) {
      expected += b;
    }
    INFO("remainder " << remainders[index] << " expected " << expected);
    CHECK(same(remainders[index], expected));
  }
}

}  // namespace
}  // namespace kdlc::testing
