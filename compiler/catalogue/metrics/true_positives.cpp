// true_positives: how many yes were right.
#include "catalogue/confusion.hpp"

namespace kdlc::catalogue {
namespace {

using graph::MapBuilder;
using graph::NodeId;

std::vector<NodeId> contribute(Lowering& lowering) {
  return {count_where(lowering, decide(lowering),
                      [](MapBuilder& map, auto predicted, auto actual) { return map.multiply(predicted, actual); })};
}

}  // namespace

extern const Metric metric_true_positives = {
    .score = {.name = "true_positives",
              .summary = "how many outputs say yes where the target is 1",
              .rules = {.output = OutputKind::probability,
                        .labels = LabelKind::yes_no,
                        .label_range = {.minimum = 0, .maximum = 1}},
              .settings = decision_settings(),
              .foreign_names = decision_foreign_names(),
              .known_elsewhere_as = {"TruePositives"},
              .check = check_decision},
    .contribute = contribute,
    .finish = [](const Application& /*application*/, const ScoreState& state) { return state[0]; },
};

}  // namespace kdlc::catalogue
