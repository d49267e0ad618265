// exp: the exponential function.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::exp, x);
}

}  // namespace

extern const Activation activation_exp = {
    .name = "exp",
    .summary = "e to the power x",
    .formula = formula,
    .is_activation = false,
    .gives = ValueRange::not_negative,
};

}  // namespace kdlc::catalogue
