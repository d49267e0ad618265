// log_cosh_error: the mean of the loss log_cosh over all samples.
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

extern const Metric metric_log_cosh_error = {
    .score = {.name = "log_cosh_error",
              .also = {"log_cosh"},
              .summary = "the mean of `log_cosh` over all samples",
              .known_elsewhere_as = {"LogCoshError", "logcosh"}},
    .of_loss = "log_cosh",
};

}  // namespace kdlc::catalogue
