// relu6: the positive part, at most 6.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  const DType dtype = map.dtype(x);
  return map.minimum(map.maximum(x, map.constant(0, dtype)), map.constant(6, dtype));
}

}  // namespace

extern const Activation activation_relu6 = {
    .name = "relu6",
    .summary = "min(max(x, 0), 6)",
    .formula = formula,
    .floats_only = false,
    .known_elsewhere_as = {"ReLU6"},
    .gives = ValueRange::not_negative,
};

}  // namespace kdlc::catalogue
