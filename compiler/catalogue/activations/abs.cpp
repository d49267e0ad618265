// abs: the magnitude.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::MapOp;

MapBuilder::Value formula(MapBuilder& map, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return map.apply(MapOp::absolute, x);
}

}  // namespace

extern const Activation activation_abs = {
    .name = "abs",
    .summary = "|x|",
    .formula = formula,
    .is_activation = false,
    .floats_only = false,
};

}  // namespace kdlc::catalogue
