// log_sigmoid: the logarithm of the sigmoid.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  const DType dtype = map.dtype(x);
  // -log(1 + exp(-x)) = min(x, 0) - log1p(exp(-|x|)): no exponential overflows.
  const auto tail =
      map.apply(MapOp::log1p, map.apply(MapOp::exp, map.apply(MapOp::negate, map.apply(MapOp::absolute, x))));
  return map.subtract(map.minimum(x, map.constant(0, dtype)), tail);
}

}  // namespace

extern const Activation activation_log_sigmoid = {
    .name = "log_sigmoid",
    .summary = "-log(1 + exp(-x))",
    .formula = formula,
    .known_elsewhere_as = {"LogSigmoid"},
};

}  // namespace kdlc::catalogue
