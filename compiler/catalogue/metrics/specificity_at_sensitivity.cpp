// specificity_at_sensitivity: the best specificity at a given sensitivity.
#include "catalogue/confusion.hpp"

namespace kdlc::catalogue {

extern const Metric metric_specificity_at_sensitivity = {
    .score = {.name = "specificity_at_sensitivity",
              .summary = "the largest specificity of the thresholds that reach the sensitivity",
              .rules = {.output = OutputKind::probability,
                        .labels = LabelKind::yes_no,
                        .label_range = {.minimum = 0, .maximum = 1}},
              .settings = constraint_settings("sensitivity", "the sensitivity to reach"),
              .known_elsewhere_as = {"SpecificityAtSensitivity"}},
    .contribute = contribute_curve,
    .finish =
        [](const Application& application, const ScoreState& state) {
          const Curve curve = curves_of(state).front();
          return std::vector{largest_under(quotients(curve.true_positives, curve.false_negatives),
                                           quotients(curve.true_negatives, curve.false_positives),
                                           application.number("sensitivity"))};
        },
};

}  // namespace kdlc::catalogue
