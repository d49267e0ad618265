// floor: the next whole number below.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::floor, x);
}

}  // namespace

extern const Activation activation_floor = {
    .name = "floor",
    .summary = "the largest whole number that is not above x",
    .formula = formula,
    .is_activation = false,
};

}  // namespace kdlc::catalogue
