// linear: the identity.
#include "catalogue/declare.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;

MapBuilder::Value formula(MapBuilder& /*map*/, MapBuilder::Value x, std::span<const double> /*settings*/) {
  return x;
}

}  // namespace

extern const Activation activation_linear = {
    .name = "linear",
    .summary = "x",
    .formula = formula,
    .floats_only = false,
    .known_elsewhere_as = {"Identity", "identity"},
    .gives = ValueRange::any,
};

}  // namespace kdlc::catalogue
