// What CMake found in layers/ and activations/, in the order of file names.
#pragma once

#include <vector>

#include "catalogue/catalogue.hpp"

namespace kdlc::catalogue {

std::vector<const Layer*> listed_layers();
std::vector<const Activation*> listed_activations();

}  // namespace kdlc::catalogue
