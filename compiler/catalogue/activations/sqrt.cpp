// sqrt: the square root.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::sqrt, x);
}

}  // namespace

extern const Activation activation_sqrt = {
    .name = "sqrt",
    .summary = "√x; NaN below 0",
    .formula = formula,
    .is_activation = false,
};

}  // namespace kdlc::catalogue
