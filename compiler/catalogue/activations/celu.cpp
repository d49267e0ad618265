// celu: the exponential linear unit with a continuous slope.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> settings) {
  const DType dtype = map.dtype(x);
  const auto zero = map.constant(0, dtype);
  const auto alpha = map.constant(settings[0], dtype);
  const auto power = map.apply(MapOp::expm1, map.divide(map.minimum(x, zero), alpha));
  return map.select(map.apply(MapOp::greater, x, zero), x, map.multiply(alpha, power));
}

}  // namespace

extern const Activation activation_celu = {
    .name = "celu",
    .summary = "x where x > 0, else alpha · (exp(x / alpha) - 1)",
    .settings = {{.name = "alpha",
                  .kind = SettingKind::number,
                  .default_value = number_value(1),
                  .range = above_zero(),
                  .doc = "the depth below 0"}},
    .formula = formula,
    .known_elsewhere_as = {"CELU"},
    .gives = ValueRange::any,
};

}  // namespace kdlc::catalogue
