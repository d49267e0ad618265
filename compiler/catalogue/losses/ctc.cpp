// ctc: labels of a sequence without their places.
#include "catalogue/scores.hpp"

namespace kdlc::catalogue {

extern const Loss loss_ctc = {
    .score = {.name = "ctc",
              .summary = "-log of the probability of the label sequence over all alignments, class 0 being the blank",
              .rules = {.output = OutputKind::class_scores,
                        .labels = LabelKind::label_sequence,
                        .least_axes = 2,
                        .most_axes = 2},

              .known_elsewhere_as = {"CTC", "CTCLoss"}},
};

}  // namespace kdlc::catalogue
