// one_hot_mean_iou: the mean overlap over all classes, for one-hot rows.
#include "catalogue/confusion.hpp"

namespace kdlc::catalogue {

extern const Metric metric_one_hot_mean_iou = {
    .score = {.name = "one_hot_mean_iou",
              .summary = "the mean over the classes of intersection / union, for one-hot targets",
              .rules = {.output = OutputKind::class_scores, .labels = LabelKind::one_hot, .least_axes = 1},
              .settings = {ignore_setting()},
              .foreign_names = {{"ignore_class", "ignore"}},
              .known_elsewhere_as = {"OneHotMeanIoU", "one_hot_mean_io_u"}},
    .contribute = contribute_overlap,
    .finish =
        [](const Application& application, const ScoreState& state) {
          return std::vector{mean_overlap(state[0], static_cast<std::size_t>(class_count(application)), {})};
        },
};

}  // namespace kdlc::catalogue
