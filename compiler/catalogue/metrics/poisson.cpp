// poisson: the mean of the loss poisson over all samples.
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

extern const Metric metric_poisson = {
    .score = {.name = "poisson",
              .summary = "the mean of `poisson` over all samples",
              .known_elsewhere_as = {"Poisson"}},
    .of_loss = "poisson",
};

}  // namespace kdlc::catalogue
