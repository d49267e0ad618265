// mean_absolute_percentage_error: the mean of the loss mean_absolute_percentage_error over all samples.
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

extern const Metric metric_mean_absolute_percentage_error = {
    .score = {.name = "mean_absolute_percentage_error",
              .also = {"mape"},
              .summary = "the mean of `mean_absolute_percentage_error` over all samples",
              .known_elsewhere_as = {"MeanAbsolutePercentageError"}},
    .of_loss = "mean_absolute_percentage_error",
};

}  // namespace kdlc::catalogue
