// sensitivity_at_specificity: the best sensitivity at a given specificity.
#include "catalogue/confusion.hpp"

namespace kdlc::catalogue {

extern const Metric metric_sensitivity_at_specificity = {
    .score = {.name = "sensitivity_at_specificity",
              .summary = "the largest sensitivity of the thresholds that reach the specificity",
              .rules = {.output = OutputKind::probability,
                        .labels = LabelKind::yes_no,
                        .label_range = {.minimum = 0, .maximum = 1}},
              .settings = constraint_settings("specificity", "the specificity to reach"),
              .known_elsewhere_as = {"SensitivityAtSpecificity"}},
    .contribute = contribute_curve,
    .finish =
        [](const Application& application, const ScoreState& state) {
          const Curve curve = curves_of(state).front();
          return std::vector{largest_under(quotients(curve.true_negatives, curve.false_positives),
                                           quotients(curve.true_positives, curve.false_negatives),
                                           application.number("specificity"))};
        },
};

}  // namespace kdlc::catalogue
