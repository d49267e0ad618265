// soft_shrink: magnitudes less a threshold.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

/// NaN becomes 0, as in Keras.
MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> settings) {
  const DType dtype = map.dtype(x);
  const auto threshold = map.constant(settings[0], dtype);
  const auto below = map.apply(MapOp::negate, threshold);
  const auto zero = map.constant(0, dtype);
  const auto low_part = map.select(map.apply(MapOp::less, x, below), map.add(x, threshold), zero);
  return map.select(map.apply(MapOp::greater, x, threshold), map.subtract(x, threshold), low_part);
}

}  // namespace

extern const Activation activation_soft_shrink = {
    .name = "soft_shrink",
    .summary = "x - sign(x) · threshold where |x| > threshold, else 0",
    .settings = {{.name = "threshold",
                  .kind = SettingKind::number,
                  .default_value = number_value(0.5),
                  .range = not_negative(),
                  .doc = "magnitudes up to it become 0"}},
    .formula = formula,
    .known_elsewhere_as = {"Softshrink"},
    .gives = ValueRange::any,
};

}  // namespace kdlc::catalogue
