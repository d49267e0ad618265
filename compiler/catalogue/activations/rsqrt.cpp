// rsqrt: one over the square root.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::rsqrt, x);
}

}  // namespace

extern const Activation activation_rsqrt = {
    .name = "rsqrt",
    .summary = "1 / √x",
    .formula = formula,
    .is_activation = false,
};

}  // namespace kdlc::catalogue
