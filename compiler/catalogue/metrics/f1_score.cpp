// f1_score: precision and recall in one number.
#include "catalogue/f_score.hpp"

namespace kdlc::catalogue {

extern const Metric metric_f1_score = {
    .score = {.name = "f1_score",
              .summary = "2·precision·recall / (precision + recall), for one-hot targets",
              .rules = {.output = OutputKind::class_scores,
                        .labels = LabelKind::one_hot,
                        .label_range = {.minimum = 0, .maximum = 1},
                        .least_axes = 1,
                        .most_axes = 1},
              .settings = with_f_score_settings({}),
              .known_elsewhere_as = {"F1Score"}},
    .contribute = contribute_f_score,
    .finish = [](const Application& application,
                 const ScoreState& state) { return finish_f_score(application, state, 1); },
};

}  // namespace kdlc::catalogue
