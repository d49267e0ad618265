// sparse_categorical_crossentropy: the mean of the loss sparse_categorical_crossentropy over all samples.
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

extern const Metric metric_sparse_categorical_crossentropy = {
    .score = {.name = "sparse_categorical_crossentropy",
              .summary = "the mean of `sparse_categorical_crossentropy` over all samples",
              .known_elsewhere_as = {"SparseCategoricalCrossentropy", "crossentropy", "ce"}},
    .of_loss = "sparse_categorical_crossentropy",
};

}  // namespace kdlc::catalogue
