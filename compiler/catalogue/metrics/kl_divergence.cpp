// kl_divergence: the mean of the loss kl_divergence over all samples.
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

extern const Metric metric_kl_divergence = {
    .score = {.name = "kl_divergence",
              .also = {"kld"},
              .summary = "the mean of `kl_divergence` over all samples",
              .known_elsewhere_as = {"KLDivergence"}},
    .of_loss = "kl_divergence",
};

}  // namespace kdlc::catalogue
