// relu: the positive part.
#include <cmath>

#include <fmt/format.h>

#include "catalogue/declare.hpp"
#include "diagnostics/kinds.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

/// x > max_value: max_value; x > threshold: x; else negative_slope · (x - threshold). The plain case is one maximum.
MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> settings) {
  const DType dtype = map.dtype(x);
  const double slope = settings[0];
  const double limit = settings[1];
  const double threshold = settings[2];
  MapBuilder::Value result = x;
  if (slope == 0 && threshold == 0) {
    result = map.maximum(x, map.constant(0, dtype));
  } else {
    const auto start = map.constant(threshold, dtype);
    // Without a slope the product would make NaN of -infinity.
    const auto below =
        slope == 0 ? map.constant(0, dtype) : map.multiply(map.constant(slope, dtype), map.subtract(x, start));
    // Written with "less or equal", so that NaN goes the way of x.
    result = map.select(map.apply(MapOp::less_equal, x, start), below, x);
  }
  return std::isinf(limit) ? result : map.minimum(result, map.constant(limit, dtype));
}

std::optional<Shape> infer(std::string_view name, const TensorType& operand, std::span<const double> settings,
                           const Span& span, Report& report) {
  const double limit = settings[1];
  const double threshold = settings[2];
  if (limit >= threshold) {
    return operand.shape;
  }
  report.add(span, diag::SettingsConflict, fmt::format("max_value: {}", limit), fmt::format("threshold: {}", threshold),
             std::string(name), "nothing lies between them");
  return std::nullopt;
}

}  // namespace

extern const Activation activation_relu = {
    .name = "relu",
    .summary = "max(x, 0)",
    .settings = {{.name = "negative_slope",
                  .kind = SettingKind::number,
                  .default_value = number_value(0),
                  .range = not_negative(),
                  .doc = "the slope below the threshold"},
                 {.name = "max_value",
                  .kind = SettingKind::number,
                  .default_value = no_value(),
                  .range = not_negative(),
                  .doc = "the largest result"},
                 {.name = "threshold",
                  .kind = SettingKind::number,
                  .default_value = number_value(0),
                  .range = not_negative(),
                  .doc = "where x begins to pass"}},
    .formula = formula,
    .infer = infer,
    .floats_only = false,
    .known_elsewhere_as = {"ReLU"},
    .gives = ValueRange::not_negative,
};

}  // namespace kdlc::catalogue
