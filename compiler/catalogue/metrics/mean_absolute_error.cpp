// mean_absolute_error: the mean of the loss mean_absolute_error over all samples.
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

extern const Metric metric_mean_absolute_error = {
    .score = {.name = "mean_absolute_error",
              .also = {"mae"},
              .summary = "the mean of `mean_absolute_error` over all samples",
              .known_elsewhere_as = {"MeanAbsoluteError", "MAE"}},
    .of_loss = "mean_absolute_error",
};

}  // namespace kdlc::catalogue
