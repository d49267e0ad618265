// hard_tanh: x cut at -1 and 1.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  const DType dtype = map.dtype(x);
  return map.minimum(map.maximum(x, map.constant(-1, dtype)), map.constant(1, dtype));
}

}  // namespace

extern const Activation activation_hard_tanh = {
    .name = "hard_tanh",
    .summary = "clip(x, -1, 1)",
    .formula = formula,
    .known_elsewhere_as = {"Hardtanh"},
    .gives = ValueRange::signed_unit,
};

}  // namespace kdlc::catalogue
