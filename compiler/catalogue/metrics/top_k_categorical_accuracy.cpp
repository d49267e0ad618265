// top_k_categorical_accuracy: how often the right class is among the k largest outputs, for one-hot rows.
#include "catalogue/scores.hpp"
#include "catalogue/top_k.hpp"

namespace kdlc::catalogue {
namespace {

graph::NodeId values(Lowering& lowering) {
  return is_in_top_k(lowering, place_of_largest(lowering.builder, lowering.inputs[1]));
}

}  // namespace

extern const Metric metric_top_k_categorical_accuracy = {
    .score = {.name = "top_k_categorical_accuracy",
              .summary = "the share of samples whose class is among the k largest outputs, for one-hot targets",
              .rules = {.output = OutputKind::class_scores,
                        .labels = LabelKind::one_hot,
                        .label_range = {.minimum = 0, .maximum = 1},
                        .least_axes = 1},
              .settings = {k_setting()},
              .known_elsewhere_as = {"TopKCategoricalAccuracy"},
              .check = check_k},
    .values = values,
};

}  // namespace kdlc::catalogue
