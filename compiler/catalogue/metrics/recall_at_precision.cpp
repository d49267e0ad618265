// recall_at_precision: the best recall at a given precision.
#include "catalogue/confusion.hpp"

namespace kdlc::catalogue {

extern const Metric metric_recall_at_precision = {
    .score = {.name = "recall_at_precision",
              .summary = "the largest recall of the thresholds that reach the precision",
              .rules = {.output = OutputKind::probability,
                        .labels = LabelKind::yes_no,
                        .label_range = {.minimum = 0, .maximum = 1}},
              .settings = constraint_settings("precision", "the precision to reach"),
              .known_elsewhere_as = {"RecallAtPrecision"}},
    .contribute = contribute_curve,
    .finish =
        [](const Application& application, const ScoreState& state) {
          const Curve curve = curves_of(state).front();
          return std::vector{largest_under(quotients(curve.true_positives, curve.false_positives),
                                           quotients(curve.true_positives, curve.false_negatives),
                                           application.number("precision"))};
        },
};

}  // namespace kdlc::catalogue
