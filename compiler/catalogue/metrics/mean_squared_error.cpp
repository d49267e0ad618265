// mean_squared_error: the mean of the loss mean_squared_error over all samples.
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

extern const Metric metric_mean_squared_error = {
    .score = {.name = "mean_squared_error",
              .also = {"mse"},
              .summary = "the mean of `mean_squared_error` over all samples",
              .known_elsewhere_as = {"MeanSquaredError", "MSE"}},
    .of_loss = "mean_squared_error",
};

}  // namespace kdlc::catalogue
