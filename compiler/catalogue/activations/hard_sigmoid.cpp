// hard_sigmoid: a line from 0 to 1.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;

/// Keras 3; Keras 2 had clip(0.2 x + 0.5).
MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  const DType dtype = map.dtype(x);
  const auto line = map.add(map.multiply(x, map.constant(1.0 / 6, dtype)), map.constant(0.5, dtype));
  const auto gate = map.minimum(map.maximum(line, map.constant(0, dtype)), map.constant(1, dtype));
  return gate;
}

}  // namespace

extern const Activation activation_hard_sigmoid = {
    .name = "hard_sigmoid",
    .summary = "x / 6 + 0.5, clipped to [0, 1]",
    .formula = formula,
    .known_elsewhere_as = {"HardSigmoid"},
    .gives = ValueRange::unit,
};

}  // namespace kdlc::catalogue
