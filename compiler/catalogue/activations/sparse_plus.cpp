// sparse_plus: a positive part with a parabola for a bend.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  const DType dtype = map.dtype(x);
  const auto one = map.constant(1, dtype);
  const auto shifted = map.add(x, one);
  const auto bend = map.multiply(map.multiply(shifted, shifted), map.constant(0.25, dtype));
  const auto upper = map.select(map.apply(MapOp::less, x, one), bend, x);
  return map.select(map.apply(MapOp::less_equal, x, map.constant(-1, dtype)), map.constant(0, dtype), upper);
}

}  // namespace

extern const Activation activation_sparse_plus = {
    .name = "sparse_plus",
    .summary = "0 up to -1, (x + 1)² / 4 up to 1, then x",
    .formula = formula,
    .gives = ValueRange::not_negative,
};

}  // namespace kdlc::catalogue
