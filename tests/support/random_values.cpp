// Random values for graphs, and their comparison.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "support/random_graph.hpp"

namespace kdlc::testing {

std::uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15U;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31U);
}

std::int64_t Random::integer(std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
}

double Random::number(double low, double high) {
  return low + (high - low) * static_cast<double>(next() >> 11U) * 0x1p-53;
}

namespace {

TensorData zeros(const TensorType& type, const std::map<std::string, std::int64_t>& sizes) {
  std::vector<std::int64_t> shape;
  for (const Dim& axis : type.shape.axes) {
    const std::optional<std::int64_t> size = axis.evaluate(sizes);
    KDLC_ASSERT(size.has_value(), "every size is given");
    shape.push_back(*size);
  }
  return TensorData::zeros(type.dtype, std::move(shape));
}

}  // namespace

std::vector<TensorData> random_inputs(const graph::Graph& graph, const std::map<std::string, std::int64_t>& sizes,
                                      std::uint64_t seed) {
  Random random(seed ^ 0x1e35a7bdU);
  std::vector<TensorData> result;
  for (const graph::InputInfo& input : graph.inputs) {
    TensorData data = zeros(graph.node(input.node).type, sizes);
    for (std::int64_t index = 0; index < data.element_count(); ++index) {
      const std::int64_t eighths = random.integer(-16, 16);
      data.set(index, is_float(data.dtype) ? static_cast<double>(eighths) / 8
                                           : static_cast<double>(input.range_begin.value_or(0) + (eighths & 7)));
    }
    result.push_back(std::move(data));
  }
  return result;
}

std::vector<TensorData> random_parameters(const graph::Graph& graph, std::uint64_t seed) {
  Random random(seed ^ 0x7f4a7c15U);
  std::vector<TensorData> result;
  for (const graph::ParameterInfo& parameter : graph.parameters) {
    TensorData data = zeros(parameter.type, {});
    const double limit = parameter.initializer.value == 0 ? 1 : parameter.initializer.value;
    for (std::int64_t index = 0; index < data.element_count(); ++index) {
      data.set(index, parameter.non_negative ? random.number(0.5, 1.5) : random.number(-limit, limit));
    }
    result.push_back(std::move(data));
  }
  return result;
}

std::optional<std::string> find_difference(const TensorData& expected, const TensorData& actual, double tolerance) {
  if (expected.dtype != actual.dtype || expected.shape != actual.shape) {
    return "type or shape differs";
  }
  double largest = 0;
  for (std::int64_t index = 0; index < expected.element_count(); ++index) {
    const double value = std::abs(expected.at(index));
    largest = std::isfinite(value) ? std::max(largest, value) : largest;
  }
  for (std::int64_t index = 0; index < expected.element_count(); ++index) {
    const double want = expected.at(index);
    const double got = actual.at(index);
    const bool is_same = std::isnan(want)   ? std::isnan(got)
                         : std::isinf(want) ? want == got
                                            : std::abs(want - got) <= tolerance * (1 + largest);
    if (!is_same) {
      return fmt::format("element {} of {}: {} expected, {} found", index, expected.element_count(), want, got);
    }
  }
  return std::nullopt;
}

}  // namespace kdlc::testing
