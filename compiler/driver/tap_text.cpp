// A tensor as statistics for people: what a print of it is looked at for.
#include "driver/tap_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace kdlc::driver {

namespace {

constexpr std::int64_t kShownValues = 8;

struct Statistics {
  double smallest = 0;
  double largest = 0;
  double sum = 0;
  std::int64_t finite_count = 0;
  std::int64_t nan_count = 0;
  std::int64_t infinity_count = 0;
};

Statistics statistics_of(const TensorData& data) {
  Statistics result;
  const std::int64_t count = data.element_count();
  for (std::int64_t index = 0; index < count; ++index) {
    const double value = data.at(index);
    if (!std::isfinite(value)) {
      ++(std::isnan(value) ? result.nan_count : result.infinity_count);
      continue;
    }
    result.smallest = result.finite_count == 0 ? value : std::min(result.smallest, value);
    result.largest = result.finite_count == 0 ? value : std::max(result.largest, value);
    result.sum += value;
    ++result.finite_count;
  }
  return result;
}

}  // namespace

std::string tap_text(const std::string& name, const TensorData& data) {
  std::string shape;
  for (const std::int64_t size : data.shape) {
    shape += (shape.empty() ? "" : ", ") + std::to_string(size);
  }
  const Statistics found = statistics_of(data);
  std::string text = fmt::format("tap {}: {}[{}]\n", name, name_of(data.dtype), shape);
  if (found.finite_count > 0) {
    text += fmt::format("  min {:.6g}, max {:.6g}, mean {:.6g}", found.smallest, found.largest,
                        found.sum / static_cast<double>(found.finite_count));
  } else {
    text += "  no finite value";
  }
  text += fmt::format("; {} NaN, {} Inf\n  first ", found.nan_count, found.infinity_count);
  const std::int64_t count = data.element_count();
  for (std::int64_t index = 0; index < std::min(count, kShownValues); ++index) {
    text += fmt::format("{}{:.6g}", index == 0 ? "" : " ", data.at(index));
  }
  return text + (count > kShownValues ? fmt::format(" … ({} values)\n", count) : "\n");
}

}  // namespace kdlc::driver
