// sign: -1, 0 or 1.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::sign, x);
}

}  // namespace

extern const Activation activation_sign = {
    .name = "sign",
    .summary = "-1, 0 or 1 as x is below, at or above 0; NaN stays",
    .formula = formula,
    .is_activation = false,
    .floats_only = false,
};

}  // namespace kdlc::catalogue
