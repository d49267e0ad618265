// log: the natural logarithm.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::log, x);
}

}  // namespace

extern const Activation activation_log = {
    .name = "log",
    .summary = "log x; NaN below 0",
    .formula = formula,
    .is_activation = false,
};

}  // namespace kdlc::catalogue
