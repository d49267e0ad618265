// hard_silu: x weighted by its hard sigmoid.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  const DType dtype = map.dtype(x);
  const auto line = map.add(map.multiply(x, map.constant(1.0 / 6, dtype)), map.constant(0.5, dtype));
  const auto gate = map.minimum(map.maximum(line, map.constant(0, dtype)), map.constant(1, dtype));
  return map.multiply(x, gate);
}

}  // namespace

extern const Activation activation_hard_silu = {
    .name = "hard_silu",
    .summary = "x · clip(x / 6 + 0.5, 0, 1)",
    .formula = formula,
    .known_elsewhere_as = {"hard_swish", "HardSwish"},
    .gives = ValueRange::any,
};

}  // namespace kdlc::catalogue
