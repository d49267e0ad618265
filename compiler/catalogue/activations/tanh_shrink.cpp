// tanh_shrink: what tanh takes away.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.subtract(x, map.apply(MapOp::tanh, x));
}

}  // namespace

extern const Activation activation_tanh_shrink = {
    .name = "tanh_shrink",
    .summary = "x - tanh x",
    .formula = formula,
    .known_elsewhere_as = {"Tanhshrink"},
    .gives = ValueRange::any,
};

}  // namespace kdlc::catalogue
