// huber: the mean of the loss huber over all samples.
#include "catalogue/training.hpp"

namespace kdlc::catalogue {

extern const Metric metric_huber = {
    .score = {.name = "huber", .summary = "the mean of `huber` over all samples", .known_elsewhere_as = {"Huber"}},
    .of_loss = "huber",
};

}  // namespace kdlc::catalogue
