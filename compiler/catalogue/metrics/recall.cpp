// recall: how many of what is a yes are found.
#include "catalogue/confusion.hpp"

namespace kdlc::catalogue {
namespace {

using graph::NodeId;

std::vector<NodeId> contribute(Lowering& lowering) {
  const Decisions decisions = decide(lowering);
  return {count_both(lowering, decisions), sum_sample(lowering.builder, decisions.actual)};
}

}  // namespace

extern const Metric metric_recall = {
    .score = {.name = "recall",
              .summary = "true positives / all that is a yes",
              .rules = {.output = OutputKind::probability,
                        .labels = LabelKind::yes_no,
                        .label_range = {.minimum = 0, .maximum = 1}},
              .settings = decision_settings(),
              .foreign_names = decision_foreign_names(),
              .known_elsewhere_as = {"Recall"},
              .check = check_decision},
    .contribute = contribute,
    .finish = [](const Application& /*application*/,
                 const ScoreState& state) { return std::vector{quotient(state[0][0], state[1][0])}; },
};

}  // namespace kdlc::catalogue
