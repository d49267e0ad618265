// fbeta_score: precision and recall in one number, recall weighing beta.
#include "catalogue/f_score.hpp"

namespace kdlc::catalogue {

extern const Metric metric_fbeta_score = {
    .score = {.name = "fbeta_score",
              .summary = "(1 + beta²)·precision·recall / (beta²·precision + recall), for one-hot targets",
              .rules = {.output = OutputKind::class_scores,
                        .labels = LabelKind::one_hot,
                        .label_range = {.minimum = 0, .maximum = 1},
                        .least_axes = 1,
                        .most_axes = 1},
              .settings = with_f_score_settings({{.name = "beta",
                                                  .kind = SettingKind::number,
                                                  .default_value = number_value(1),
                                                  .range = above_zero(),
                                                  .doc = "how much more recall counts than precision"}}),
              .known_elsewhere_as = {"FBetaScore", "f_beta_score"}},
    .contribute = contribute_f_score,
    .finish = [](const Application& application,
                 const ScoreState& state) { return finish_f_score(application, state, application.number("beta")); },
};

}  // namespace kdlc::catalogue
