// softplus: a smooth positive part.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  const DType dtype = map.dtype(x);
  // log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)): no exponential overflows.
  const auto tail =
      map.apply(MapOp::log1p, map.apply(MapOp::exp, map.apply(MapOp::negate, map.apply(MapOp::absolute, x))));
  return map.add(map.maximum(x, map.constant(0, dtype)), tail);
}

}  // namespace

extern const Activation activation_softplus = {
    .name = "softplus",
    .summary = "log(1 + exp(x))",
    .formula = formula,
    .known_elsewhere_as = {"Softplus"},
    .gives = ValueRange::not_negative,
};

}  // namespace kdlc::catalogue
