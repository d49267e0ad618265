// categorical_crossentropy: the mean of the loss categorical_crossentropy over all samples.
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

extern const Metric metric_categorical_crossentropy = {
    .score = {.name = "categorical_crossentropy",
              .also = {"cce"},
              .summary = "the mean of `categorical_crossentropy` over all samples",
              .known_elsewhere_as = {"CategoricalCrossentropy"}},
    .of_loss = "categorical_crossentropy",
};

}  // namespace kdlc::catalogue
