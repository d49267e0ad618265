// binary_crossentropy: the mean of the loss binary_crossentropy over all samples.
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

extern const Metric metric_binary_crossentropy = {
    .score = {.name = "binary_crossentropy",
              .also = {"bce"},
              .summary = "the mean of `binary_crossentropy` over all samples",
              .known_elsewhere_as = {"BinaryCrossentropy"}},
    .of_loss = "binary_crossentropy",
};

}  // namespace kdlc::catalogue
