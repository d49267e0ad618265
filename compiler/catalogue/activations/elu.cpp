// elu: the exponential linear unit.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> settings) {
  const DType dtype = map.dtype(x);
  const auto zero = map.constant(0, dtype);
  // expm1 keeps all digits near 0.
  const auto below = map.multiply(map.constant(settings[0], dtype), map.apply(MapOp::expm1, map.minimum(x, zero)));
  return map.select(map.apply(MapOp::greater, x, zero), x, below);
}

}  // namespace

extern const Activation activation_elu = {
    .name = "elu",
    .summary = "x where x > 0, else alpha · (exp(x) - 1)",
    .settings = {{.name = "alpha",
                  .kind = SettingKind::number,
                  .default_value = number_value(1),
                  .range = not_negative(),
                  .doc = "the depth below 0"}},
    .formula = formula,
    .known_elsewhere_as = {"ELU"},
    .gives = ValueRange::any,
};

}  // namespace kdlc::catalogue
