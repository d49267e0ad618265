// sparse_top_k_categorical_accuracy: how often the right class is among the k largest outputs, for class numbers.
#include "catalogue/scores.hpp"
#include "catalogue/top_k.hpp"

namespace kdlc::catalogue {
namespace {

graph::NodeId values(Lowering& lowering) {
  return is_in_top_k(lowering, class_numbers(lowering));
}

}  // namespace

extern const Metric metric_sparse_top_k_categorical_accuracy = {
    .score = {.name = "sparse_top_k_categorical_accuracy",
              .summary = "the share of samples whose class is among the k largest outputs, for class numbers",
              .rules = {.output = OutputKind::class_scores, .labels = LabelKind::class_numbers, .least_axes = 1},
              .settings = {k_setting()},
              .known_elsewhere_as = {"SparseTopKCategoricalAccuracy"},
              .check = check_k},
    .values = values,
};

}  // namespace kdlc::catalogue
