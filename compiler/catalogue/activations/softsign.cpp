// softsign: a number between -1 and 1.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.divide(x, map.add(map.constant(1, map.dtype(x)), map.apply(MapOp::absolute, x)));
}

}  // namespace

extern const Activation activation_softsign = {
    .name = "softsign",
    .summary = "x / (1 + |x|)",
    .formula = formula,
    .known_elsewhere_as = {"Softsign"},
    .gives = ValueRange::signed_unit,
};

}  // namespace kdlc::catalogue
