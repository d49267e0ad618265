// silu: x weighted by its sigmoid.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.multiply(x, map.apply(MapOp::sigmoid, x));
}

}  // namespace

extern const Activation activation_silu = {
    .name = "silu",
    .summary = "x / (1 + exp(-x))",
    .formula = formula,
    .known_elsewhere_as = {"swish", "SiLU", "Swish"},
    .gives = ValueRange::any,
};

}  // namespace kdlc::catalogue
