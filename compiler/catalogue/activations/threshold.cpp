// threshold: x above a threshold, a fixed value below.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

/// NaN becomes the default value, as in Keras.
MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> settings) {
  const DType dtype = map.dtype(x);
  const auto is_above = map.apply(MapOp::greater, x, map.constant(settings[0], dtype));
  return map.select(is_above, x, map.constant(settings[1], dtype));
}

}  // namespace

extern const Activation activation_threshold = {
    .name = "threshold",
    .summary = "x where x > threshold, else default_value",
    .settings = {{.name = "threshold", .kind = SettingKind::number, .doc = "where x begins to pass"},
                 {.name = "default_value", .kind = SettingKind::number, .doc = "the result elsewhere"}},
    .formula = formula,
    .known_elsewhere_as = {"Threshold"},
};

}  // namespace kdlc::catalogue
