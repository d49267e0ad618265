// sparse_sigmoid: a line from 0 to 1.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  const DType dtype = map.dtype(x);
  const auto line = map.multiply(map.add(x, map.constant(1, dtype)), map.constant(0.5, dtype));
  return map.minimum(map.maximum(line, map.constant(0, dtype)), map.constant(1, dtype));
}

}  // namespace

extern const Activation activation_sparse_sigmoid = {
    .name = "sparse_sigmoid",
    .summary = "(x + 1) / 2, clipped to [0, 1]",
    .formula = formula,
    .gives = ValueRange::unit,
};

}  // namespace kdlc::catalogue
