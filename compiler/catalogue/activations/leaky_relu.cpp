// leaky_relu: the positive part and a little of the negative one.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> settings) {
  const DType dtype = map.dtype(x);
  const auto below = map.multiply(map.constant(settings[0], dtype), x);
  return map.select(map.apply(MapOp::less, x, map.constant(0, dtype)), below, x);
}

}  // namespace

extern const Activation activation_leaky_relu = {
    .name = "leaky_relu",
    .summary = "x where x > 0, else negative_slope · x",
    .settings = {{.name = "negative_slope",
                  .kind = SettingKind::number,
                  .default_value = number_value(0.2),
                  .range = not_negative(),
                  .doc = "the slope below 0"}},
    .formula = formula,
    .known_elsewhere_as = {"LeakyReLU"},
    .gives = ValueRange::any,
};

}  // namespace kdlc::catalogue
