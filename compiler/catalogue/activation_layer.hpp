// An activation seen as a layer of one input.
#pragma once

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

/// The layer that applies the activation to its one input.
Layer layer_of(const Activation& activation);

}  // namespace kdlc::catalogue
