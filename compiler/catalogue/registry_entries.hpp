// What CMake found in the folders of entries, in the order of file names.
#pragma once

#include <vector>

#include "catalogue/catalogue.hpp"
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

std::vector<const Layer*> listed_layers();
std::vector<const Activation*> listed_activations();
std::vector<const Loss*> listed_losses();
std::vector<const Metric*> listed_metrics();
std::vector<const Optimizer*> listed_optimizers();
std::vector<const Schedule*> listed_schedules();

}  // namespace kdlc::catalogue
