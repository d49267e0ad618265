// expm1: the exponential function less one.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::expm1, x);
}

}  // namespace

extern const Activation activation_expm1 = {
    .name = "expm1",
    .summary = "exp(x) - 1, exact near 0",
    .formula = formula,
    .is_activation = false,
};

}  // namespace kdlc::catalogue
