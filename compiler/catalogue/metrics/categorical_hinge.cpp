// categorical_hinge: the mean of the loss categorical_hinge over all samples.
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

extern const Metric metric_categorical_hinge = {
    .score = {.name = "categorical_hinge",
              .summary = "the mean of `categorical_hinge` over all samples",
              .known_elsewhere_as = {"CategoricalHinge"}},
    .of_loss = "categorical_hinge",
};

}  // namespace kdlc::catalogue
