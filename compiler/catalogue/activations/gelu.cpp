// gelu: the Gaussian error linear unit.
#include <numbers>

#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> settings) {
  const DType dtype = map.dtype(x);
  const auto one = map.constant(1, dtype);
  const auto half = map.multiply(map.constant(0.5, dtype), x);
  if (settings[0] == 0) {
    const auto scaled = map.multiply(x, map.constant(std::numbers::sqrt2 / 2, dtype));
    return map.multiply(half, map.add(one, map.apply(MapOp::erf, scaled)));
  }
  const auto square = map.multiply(x, x);
  const auto polynomial = map.multiply(x, map.add(one, map.multiply(map.constant(0.044715, dtype), square)));
  // √(2 / π) = √2 · 1 / √π
  const auto inner = map.multiply(map.constant(std::numbers::sqrt2 * std::numbers::inv_sqrtpi, dtype), polynomial);
  return map.multiply(half, map.add(one, map.apply(MapOp::tanh, inner)));
}

}  // namespace

extern const Activation activation_gelu = {
    .name = "gelu",
    .summary = "x · Φ(x): x / 2 · (1 + erf(x / √2)); approximate: x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 x³)))",
    .settings = {{.name = "approximate",
                  .kind = SettingKind::boolean,
                  .default_value = boolean_value(false),
                  .doc = "whether the form with tanh is used"}},
    .formula = formula,
    .known_elsewhere_as = {"GELU"},
    .gives = ValueRange::any,
};

}  // namespace kdlc::catalogue
