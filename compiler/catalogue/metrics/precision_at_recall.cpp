// precision_at_recall: the best precision at a given recall.
#include "catalogue/confusion.hpp"

namespace kdlc::catalogue {

extern const Metric metric_precision_at_recall = {
    .score = {.name = "precision_at_recall",
              .summary = "the largest precision of the thresholds that reach the recall",
              .rules = {.output = OutputKind::probability,
                        .labels = LabelKind::yes_no,
                        .label_range = {.minimum = 0, .maximum = 1}},
              .settings = constraint_settings("recall", "the recall to reach"),
              .known_elsewhere_as = {"PrecisionAtRecall"}},
    .contribute = contribute_curve,
    .finish =
        [](const Application& application, const ScoreState& state) {
          const Curve curve = curves_of(state).front();
          return std::vector{largest_under(quotients(curve.true_positives, curve.false_negatives),
                                           quotients(curve.true_positives, curve.false_positives),
                                           application.number("recall"))};
        },
};

}  // namespace kdlc::catalogue
