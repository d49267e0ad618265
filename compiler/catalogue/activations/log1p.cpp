// log1p: the logarithm of one more.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::log1p, x);
}

}  // namespace

extern const Activation activation_log1p = {
    .name = "log1p",
    .summary = "log(1 + x), exact near 0",
    .formula = formula,
    .is_activation = false,
};

}  // namespace kdlc::catalogue
