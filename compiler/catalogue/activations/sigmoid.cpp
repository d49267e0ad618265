// sigmoid: a number between 0 and 1.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::sigmoid, x);
}

}  // namespace

extern const Activation activation_sigmoid = {
    .name = "sigmoid",
    .summary = "1 / (1 + exp(-x))",
    .formula = formula,
    .known_elsewhere_as = {"Sigmoid"},
    .gives = ValueRange::unit,
};

}  // namespace kdlc::catalogue
