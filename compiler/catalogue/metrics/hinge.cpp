// hinge: the mean of the loss hinge over all samples.
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

extern const Metric metric_hinge = {
    .score = {.name = "hinge", .summary = "the mean of `hinge` over all samples", .known_elsewhere_as = {"Hinge"}},
    .of_loss = "hinge",
};

}  // namespace kdlc::catalogue
