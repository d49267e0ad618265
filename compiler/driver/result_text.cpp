// A tensor of results as text for people.
#include "driver/result_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace kdlc::driver {

namespace {

constexpr std::int64_t kShownSamples = 10;
constexpr std::int64_t kShownValues = 12;

/// The place of the largest value when all lie in [0, 1] and sum to 1; nullopt otherwise.
std::optional<std::int64_t> best_class(const TensorData& data, std::int64_t begin, std::int64_t count) {
  if (!is_float(data.dtype) || count < 2) {
    return std::nullopt;
  }
  double sum = 0;
  std::int64_t best = 0;
  for (std::int64_t index = 0; index < count; ++index) {
    const double value = data.at(begin + index);
    if (!(value >= 0 && value <= 1)) {
      return std::nullopt;
    }
    sum += value;
    best = value > data.at(begin + best) ? index : best;
  }
  // Room for the rounding of 16-bit elements.
  constexpr double kTolerance = 1e-2;
  return std::abs(sum - 1) < kTolerance ? std::optional(best) : std::nullopt;
}

std::string number_text(const TensorData& data, std::int64_t index) {
  const double value = data.at(index);
  if (data.dtype == DType::boolean) {
    return value != 0 ? "true" : "false";
  }
  return is_float(data.dtype) ? fmt::format("{:.5g}", value) : fmt::format("{:.0f}", value);
}

std::string values_text(const TensorData& data, std::int64_t begin, std::int64_t count) {
  std::string text;
  for (std::int64_t index = 0; index < std::min(count, kShownValues); ++index) {
    text += (index == 0 ? "" : " ") + number_text(data, begin + index);
  }
  return count > kShownValues ? text + fmt::format(" … ({} values)", count) : text;
}

}  // namespace

std::string result_text(const std::string& name, const TensorData& data, bool has_batch) {
  std::string shape;
  for (const std::int64_t size : data.shape) {
    shape += (shape.empty() ? "" : ", ") + std::to_string(size);
  }
  std::string text = fmt::format("{}: {}[{}]\n", name, name_of(data.dtype), shape);
  const bool has_samples = has_batch && !data.shape.empty();
  const std::int64_t samples = has_samples ? data.shape.front() : 1;
  if (samples == 0) {
    return text;
  }
  const std::int64_t values = data.element_count() / samples;
  // One distribution a sample; of more axes no single class could be told.
  const bool is_row = data.shape.size() == (has_samples ? 2U : 1U);
  for (std::int64_t sample = 0; sample < std::min(samples, kShownSamples); ++sample) {
    text += has_samples ? fmt::format("  {:>{}}: ", sample, std::to_string(std::min(samples, kShownSamples) - 1).size())
                        : "  ";
    text += values_text(data, sample * values, values);
    if (const auto best = is_row ? best_class(data, sample * values, values) : std::nullopt; best.has_value()) {
      text += fmt::format("  -> class {} ({:.1f} %)", *best, 100 * data.at(sample * values + *best));
    }
    text += "\n";
  }
  if (samples > kShownSamples) {
    text += fmt::format("  … {} more samples; `--output {}=FILE.npy` writes all\n", samples - kShownSamples, name);
  }
  return text;
}

}  // namespace kdlc::driver
