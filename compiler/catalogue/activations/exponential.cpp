// exponential: the exponential function as an activation.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::exp, x);
}

}  // namespace

extern const Activation activation_exponential = {
    .name = "exponential",
    .summary = "exp(x)",
    .formula = formula,
    .gives = ValueRange::not_negative,
};

}  // namespace kdlc::catalogue
