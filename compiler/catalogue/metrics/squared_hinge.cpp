// squared_hinge: the mean of the loss squared_hinge over all samples.
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

extern const Metric metric_squared_hinge = {
    .score = {.name = "squared_hinge",
              .summary = "the mean of `squared_hinge` over all samples",
              .known_elsewhere_as = {"SquaredHinge"}},
    .of_loss = "squared_hinge",
};

}  // namespace kdlc::catalogue
