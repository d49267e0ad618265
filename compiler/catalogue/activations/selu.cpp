// selu: the scaled exponential linear unit.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  constexpr double kAlpha = 1.6732632423543772;
  constexpr double kScale = 1.0507009873554805;
  const DType dtype = map.dtype(x);
  const auto zero = map.constant(0, dtype);
  const auto below = map.multiply(map.constant(kScale * kAlpha, dtype), map.apply(MapOp::expm1, map.minimum(x, zero)));
  const auto above = map.multiply(map.constant(kScale, dtype), x);
  return map.select(map.apply(MapOp::greater, x, zero), above, below);
}

}  // namespace

extern const Activation activation_selu = {
    .name = "selu",
    .summary = "1.0507 · (x where x > 0, else 1.6733 · (exp(x) - 1))",
    .formula = formula,
    .known_elsewhere_as = {"SELU"},
    .gives = ValueRange::any,
};

}  // namespace kdlc::catalogue
