// sin: the sine.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::sin, x);
}

}  // namespace

extern const Activation activation_sin = {
    .name = "sin",
    .summary = "sin x, x in radians",
    .formula = formula,
    .is_activation = false,
};

}  // namespace kdlc::catalogue
