// tanh: a number between -1 and 1.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::tanh, x);
}

}  // namespace

extern const Activation activation_tanh = {
    .name = "tanh",
    .summary = "tanh x",
    .formula = formula,
    .known_elsewhere_as = {"Tanh"},
    .gives = ValueRange::signed_unit,
};

}  // namespace kdlc::catalogue
