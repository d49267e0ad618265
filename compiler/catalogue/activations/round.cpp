// round: the nearest whole number.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::round, x);
}

}  // namespace

extern const Activation activation_round = {
    .name = "round",
    .summary = "the nearest whole number, ties to the even one",
    .formula = formula,
    .is_activation = false,
};

}  // namespace kdlc::catalogue
