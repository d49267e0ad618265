// mean_squared_logarithmic_error: the mean of the loss mean_squared_logarithmic_error over all samples.
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

extern const Metric metric_mean_squared_logarithmic_error = {
    .score = {.name = "mean_squared_logarithmic_error",
              .also = {"msle"},
              .summary = "the mean of `mean_squared_logarithmic_error` over all samples",
              .known_elsewhere_as = {"MeanSquaredLogarithmicError"}},
    .of_loss = "mean_squared_logarithmic_error",
};

}  // namespace kdlc::catalogue
