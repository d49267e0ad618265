// squareplus: a smooth positive part made of a root.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

/// Below 0 the sum cancels, so there it is written as (b / 2) / (√(x² + b) - x).
MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> settings) {
  const DType dtype = map.dtype(x);
  const auto zero = map.constant(0, dtype);
  const auto root = map.apply(MapOp::sqrt, map.add(map.multiply(x, x), map.constant(settings[0], dtype)));
  const auto above = map.multiply(map.add(x, root), map.constant(0.5, dtype));
  const auto below = map.divide(map.constant(settings[0] / 2, dtype), map.subtract(root, x));
  return map.select(map.apply(MapOp::less, x, zero), below, above);
}

}  // namespace

extern const Activation activation_squareplus = {
    .name = "squareplus",
    .summary = "(x + √(x² + b)) / 2",
    .settings = {{.name = "b",
                  .kind = SettingKind::number,
                  .default_value = number_value(4),
                  .range = not_negative(),
                  .doc = "how smooth the bend is"}},
    .formula = formula,
    .gives = ValueRange::not_negative,
};

}  // namespace kdlc::catalogue
