// hard_shrink: small magnitudes become 0.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

/// NaN becomes 0, as in Keras.
MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> settings) {
  const DType dtype = map.dtype(x);
  const auto is_large = map.apply(MapOp::greater, map.apply(MapOp::absolute, x), map.constant(settings[0], dtype));
  return map.select(is_large, x, map.constant(0, dtype));
}

}  // namespace

extern const Activation activation_hard_shrink = {
    .name = "hard_shrink",
    .summary = "x where |x| > threshold, else 0",
    .settings = {{.name = "threshold",
                  .kind = SettingKind::number,
                  .default_value = number_value(0.5),
                  .range = not_negative(),
                  .doc = "magnitudes up to it become 0"}},
    .formula = formula,
    .known_elsewhere_as = {"Hardshrink"},
    .gives = ValueRange::any,
};

}  // namespace kdlc::catalogue
